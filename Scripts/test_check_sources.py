"""The source check must find what it is there for."""
import pathlib

import check_sources


def package(*targets):
    return {"targets": [{"name": name, "type": kind, "dependencies": [{"byName": [d, None]} for d in dependencies]}
                        for name, kind, dependencies in targets]}


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def found(root, *targets):
    return list(check_sources.faults(package(*targets), pathlib.Path(root)))


def test_an_arrow_upwards_is_a_fault(tmp_path):
    write(tmp_path, "Sources/Low/A.swift", "import Foundation\nimport High\n")
    write(tmp_path, "Sources/High/B.swift", "package import Low\n")
    faults = found(tmp_path, ("Low", "regular", []), ("High", "regular", ["Low"]))
    assert len(faults) == 1 and faults[0].startswith("Sources/Low/A.swift:2: Low may not import High")


def test_a_second_importer_of_the_database_is_a_fault(tmp_path):
    write(tmp_path, "Sources/GatewayStore/A.swift", "import GRDB\n")
    write(tmp_path, "Tests/GatewayStoreTests/A.swift", "@testable import GRDB\n")
    write(tmp_path, "Sources/Accounts/A.swift", "import struct GRDB.Row\n")
    faults = found(tmp_path, ("GatewayStore", "regular", []), ("GatewayStoreTests", "test", []), ("Accounts", "regular", []))
    assert [fault.split(":")[0] for fault in faults] == ["Sources/Accounts/A.swift"]


def test_unsafe_needs_its_line(tmp_path):
    write(tmp_path, "Sources/A/Good.swift", "// SAFETY: lock guards it.\n// More.\n@available(*, noasync)\nfinal class G: @unchecked Sendable {}\n")
    write(tmp_path, "Sources/A/Same.swift", "nonisolated(unsafe) var x = 0  // SAFETY: the loop's.\n")
    write(tmp_path, "Sources/A/Bad.swift", "// SAFETY: far away.\n\nlet y = 1\nnonisolated(unsafe) var x = 0\n")
    write(tmp_path, "Sources/A/First.swift", "final class F: @unchecked Sendable {}\n")
    faults = found(tmp_path, ("A", "regular", []))
    assert [fault.split(": ")[0] for fault in faults] == ["Sources/A/Bad.swift:4", "Sources/A/First.swift:1"]


def test_long_files_are_found(tmp_path):
    write(tmp_path, "Sources/lookout/A.swift", "\n" * 160)
    write(tmp_path, "Sources/A/A.swift", "\n" * 600)
    write(tmp_path, "Sources/A/B.swift", "// 600 lines because the table is one.\n" + "\n" * 600)
    assert len(found(tmp_path, ("lookout", "executable", []), ("A", "regular", []))) == 2
