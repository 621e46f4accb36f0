// swift-tools-version: 6.2
import PackageDescription

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioConcurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Targets in the order of their layers: an arrow only ever points at a target above.
let package = Package(
    name: "lookout",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lookout", targets: ["lookout"]),
        .executable(name: "lookout-decoder", targets: ["lookout-decoder"]),
        .executable(name: "lookout-demuxer", targets: ["lookout-demuxer"]),
        .executable(name: "lookout-simulator", targets: ["lookout-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libavutil libswscale",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
        .systemLibrary(
            name: "CFreeType", pkgConfig: "freetype2 fontconfig", providers: [.apt(["libfreetype-dev", "libfontconfig-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CDial", dependencies: ["CLinux"]),
        .target(name: "GatewayCore", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "SimulatorManifest", dependencies: ["GatewayCore"], swiftSettings: strict),
        .target(
            name: "FFmpegMedia", dependencies: ["GatewayCore", "CLinux", "CFFmpeg", "CFreeType", nioCore],
            swiftSettings: strict),
        .target(
            name: "DecoderProcess", dependencies: ["GatewayCore", "CLinux", nioCore, nioPosix, logging], swiftSettings: strict),
        .target(
            name: "RTSP",
            dependencies: ["GatewayCore", nioCore, nioPosix, nioSSL, nioTLS, nioConcurrency, crypto, logging], swiftSettings: strict
        ),
        .target(
            name: "FeedRelay",
            dependencies: ["GatewayCore", "RTSP", "DecoderProcess", nioCore, nioPosix, nioHTTP1, nioConcurrency, logging, crypto],
            swiftSettings: strict),
        .target(name: "Accounts", dependencies: ["GatewayCore", crypto, cryptoExtras], swiftSettings: strict),
        .target(name: "CameraRegistry", dependencies: ["GatewayCore", crypto], swiftSettings: strict),
        .target(name: "IncidentCommand", dependencies: ["GatewayCore", crypto], swiftSettings: strict),
        .target(
            name: "Footage", dependencies: ["GatewayCore", "FeedRelay", nioCore, logging], swiftSettings: strict),
        .target(
            name: "VideoDispatch",
            dependencies: [
                "GatewayCore", "Accounts", "CameraRegistry", "IncidentCommand", "FeedRelay", "DecoderProcess", "Footage",
                nioCore, crypto, logging, lifecycle,
            ], swiftSettings: strict),
        .target(
            name: "GatewayStore",
            dependencies: [
                "GatewayCore", "Accounts", "CameraRegistry", "IncidentCommand", "Footage", "VideoDispatch", grdb, crypto,
            ],
            swiftSettings: strict),
        .target(
            name: "GatewayAPI",
            dependencies: [
                "GatewayCore", "Accounts", "CameraRegistry", "IncidentCommand", "FeedRelay", "Footage", "VideoDispatch",
                hummingbird, hummingbirdCore, httpTypes, logging, nioCore, nioHTTP1, nioPosix, lifecycle,
            ], resources: [.copy("Console")], swiftSettings: strict),
        .target(
            name: "CameraSimulator",
            dependencies: ["GatewayCore", "RTSP", "FFmpegMedia", "SimulatorManifest", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .executableTarget(
            name: "lookout-demuxer",
            dependencies: ["GatewayCore", "CLinux", "CDial", "DecoderProcess", "FFmpegMedia", nioCore, argumentParser],
            swiftSettings: strict),
        .executableTarget(
            name: "lookout-decoder",
            dependencies: ["GatewayCore", "CLinux", "DecoderProcess", "FFmpegMedia", nioCore, argumentParser],
            swiftSettings: strict),
        .executableTarget(
            name: "lookout-simulator",
            dependencies: ["CameraSimulator", "SimulatorManifest", argumentParser, logging, lifecycle], swiftSettings: strict),
        .executableTarget(
            name: "lookout",
            dependencies: [
                "GatewayCore", "RTSP", "FeedRelay", "DecoderProcess", "Accounts", "CameraRegistry", "IncidentCommand", "Footage",
                "VideoDispatch", "GatewayStore", "GatewayAPI", "SimulatorManifest", argumentParser, yams,
                logging, lifecycle, nioCore, nioPosix,
            ], swiftSettings: strict),
        .testTarget(name: "GatewayCoreTests", dependencies: ["GatewayCore"], swiftSettings: strict),
        .testTarget(
            name: "FFmpegMediaTests", dependencies: ["FFmpegMedia", "CFFmpeg", "GatewayCore", nioCore], swiftSettings: strict),
        .testTarget(
            name: "RTSPTests", dependencies: ["RTSP", "GatewayCore", nioCore, nioPosix, nioEmbedded, nioConcurrency, logging],
            swiftSettings: strict),
        .testTarget(
            name: "FeedRelayTests",
            dependencies: [
                "FeedRelay", "RTSP", "DecoderProcess", "GatewayCore", "FFmpegMedia", nioCore, nioPosix, nioHTTP1, nioEmbedded,
                nioConcurrency,
                logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["FeedRelay", "RTSP", "GatewayCore", nioCore, nioEmbedded, logging],
            exclude: ["FuzzDriver.swift"],
            swiftSettings: strict),
        .testTarget(name: "AccountsTests", dependencies: ["Accounts", "GatewayCore"], swiftSettings: strict),
        .testTarget(name: "CameraRegistryTests", dependencies: ["CameraRegistry", "GatewayCore"], swiftSettings: strict),
        .testTarget(name: "IncidentCommandTests", dependencies: ["IncidentCommand", "GatewayCore"], swiftSettings: strict),
        .testTarget(
            name: "FootageTests",
            dependencies: [
                "Footage", "FeedRelay", "GatewayCore", "GatewayStore", "IncidentCommand", "VideoDispatch", nioCore, logging,
            ], swiftSettings: strict),
        .testTarget(
            name: "VideoDispatchTests",
            dependencies: [
                "VideoDispatch", "Accounts", "CameraRegistry", "CameraSimulator", "DecoderProcess", "FFmpegMedia", "FeedRelay",
                "Footage", "GatewayCore", "GatewayStore", "IncidentCommand", "RTSP", "SimulatorManifest", "lookout-decoder",
                nioCore, nioPosix, crypto, logging,
            ], swiftSettings: strict),
        .testTarget(
            name: "GatewayStoreTests",
            dependencies: [
                "GatewayStore", "Accounts", "CameraRegistry", "GatewayCore", "IncidentCommand", "VideoDispatch", grdb,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayAPITests",
            dependencies: [
                "GatewayAPI", "Accounts", "CameraRegistry", "DecoderProcess", "FeedRelay", "Footage", "GatewayCore", "GatewayStore",
                "IncidentCommand", "VideoDispatch", hummingbird, hummingbirdTesting, httpTypes, crypto, lifecycle, logging,
                nioCore, nioHTTP1, nioPosix,
            ], swiftSettings: strict),
        .testTarget(
            name: "CameraSimulatorTests",
            dependencies: [
                "CameraSimulator", "FFmpegMedia", "GatewayCore", "RTSP", "SimulatorManifest", nioCore, nioPosix, nioConcurrency,
                logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DecoderProcessTests",
            dependencies: [
                "DecoderProcess", "FFmpegMedia", "GatewayCore", "lookout-decoder", nioCore, nioPosix, logging,
            ], swiftSettings: strict),
        .testTarget(
            name: "LookoutTests", dependencies: ["lookout", "GatewayCore", nioCore, nioPosix, yams], swiftSettings: strict),
    ]
)

// `make fuzz`: what is fuzzed is built with the sanitizers that LOOKOUT_FUZZ names and with coverage, and the harness of
// FuzzTests becomes a program. Nothing here differs without it.
if let sanitizers = Context.environment["LOOKOUT_FUZZ"] {
    let instrumented: [SwiftSetting] = [.unsafeFlags(["-sanitize=\(sanitizers)", "-enable-testing"])]
    for target in package.targets where ["GatewayCore", "RTSP", "FeedRelay"].contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + instrumented
    }
    package.targets.removeAll { $0.name == "FuzzTests" }
    package.targets.append(
        .executableTarget(
            name: "lookout-fuzz", dependencies: ["FeedRelay", "RTSP", "GatewayCore", nioCore, nioEmbedded, logging],
            path: "Tests/FuzzTests",
            exclude: ["CorpusTests.swift"], swiftSettings: strict + instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=\(sanitizers)", "-use-ld=lld"])]))
}
