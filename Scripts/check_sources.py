"""House rules that the compiler does not hold: import directions, SAFETY lines, file sizes.

usage: check_sources.py PACKAGE.json   (what `swift package dump-package` prints), in the package's root
"""
import itertools
import json
import pathlib
import re
import sys

# C and heavy libraries have one importer each (tests of that target included).
ONLY_IMPORTER = {
    "CDial": "lookout-demuxer",
    "CFFmpeg": "FFmpegMedia",
    "CCurl": "WebClient",
    "GRDB": "GatewayStore",
    "Hummingbird": "GatewayAPI",
    "HummingbirdCore": "GatewayAPI",
    "HummingbirdTesting": "GatewayAPI",
    "Yams": "lookout",
}
# Each of the programs reads its arguments.
PROGRAMS = {"lookout", "lookout-decoder", "lookout-demuxer", "lookout-simulator", "lookout-load"}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|internal|private|fileprivate|public)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|typealias|var|let)\s+)?(\w+)")
UNSAFE = re.compile(r"@unchecked\s+Sendable|nonisolated\(unsafe\)|\bUnmanaged\b")
LINE_COMMENT = re.compile(r"^\s*//")


def test_subject(target):
    """The target that a test target is about, by its name: LookoutTests -> lookout."""
    return target[: -len("Tests")] if target.endswith("Tests") else target


def import_faults(target, allowed, own_targets, path, lines):
    for number, line in enumerate(lines, 1):
        match = IMPORT.match(line)
        if not match:
            continue
        module = match.group(1)
        if module in own_targets and module not in allowed:
            yield f"{path}:{number}: {target} may not import {module}: Package.swift gives it {', '.join(sorted(allowed)) or 'nothing'}"
        importer = ONLY_IMPORTER.get(module)
        if module == "ArgumentParser" and target not in PROGRAMS:
            yield f"{path}:{number}: only programs read arguments; {target} is none"
        if importer and test_subject(target).lower() != importer.lower():
            yield f"{path}:{number}: only {importer} imports {module}; ask it for what {target} needs"


def safety_faults(path, lines):
    for number, line in enumerate(lines, 1):
        if not UNSAFE.search(line.split("//")[0]) or "// SAFETY:" in line:
            continue
        # In the comment above, or above the first line of the same statement: nothing blank in between.
        above = [lines[index] for index in range(number - 2, max(-1, number - 8), -1)]
        block = list(itertools.takewhile(str.strip, above))
        if not any("// SAFETY:" in each for each in block):
            yield f"{path}:{number}: «{UNSAFE.search(line).group(0)}» without a // SAFETY: line that names its thread, loop or lock"


def size_faults(target, path, lines):
    if target == "lookout" and len(lines) > 150:
        yield f"{path}: {len(lines)} lines; a file of the composition root has at most 150"
    reason = any(LINE_COMMENT.match(line) and "lines" in line for line in lines[:12])
    if len(lines) > 500 and not reason:
        yield f"{path}: {len(lines)} lines; more than 500 need their reason (a comment with the word «lines») at the top"


def faults(package, root):
    targets = {target["name"]: target for target in package["targets"]}
    for name, target in sorted(targets.items()):
        default = ("Tests/" if target["type"] == "test" else "Sources/") + name
        folder = root / (target.get("path") or default)
        allowed = {dependency["byName"][0] for dependency in target["dependencies"] if "byName" in dependency}
        allowed |= {dependency["target"][0] for dependency in target["dependencies"] if "target" in dependency}
        for path in sorted(folder.rglob("*.swift")):
            lines = path.read_text(encoding="utf-8").split("\n")
            shown = path.relative_to(root)
            yield from import_faults(name, allowed, targets, shown, lines)
            yield from safety_faults(shown, lines)
            yield from size_faults(name, shown, lines)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        package = json.load(file)
    found = list(faults(package, pathlib.Path.cwd()))
    for fault in found:
        print(fault)
    print(f"sources: {len(found)} faults" if found else "sources: imports, SAFETY lines and sizes hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
