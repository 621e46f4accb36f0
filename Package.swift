// swift-tools-version: 6.2
import PackageDescription

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Targets in the order of their layers: an arrow only ever points at a target above.
let package = Package(
    name: "lookout",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "lookout", targets: ["lookout"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libavutil libswscale",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
        .target(name: "GatewayCore", swiftSettings: strict),
        .target(name: "FFmpegMedia", dependencies: ["GatewayCore", "CFFmpeg", nioCore], swiftSettings: strict),
        .target(
            name: "RTSP",
            dependencies: ["GatewayCore", nioCore, nioPosix, crypto, cryptoExtras, logging, deque], swiftSettings: strict),
        .target(
            name: "FeedRelay",
            dependencies: ["GatewayCore", "RTSP", "FFmpegMedia", nioCore, nioPosix, nioHTTP1, logging, crypto],
            swiftSettings: strict),
        .target(name: "Accounts", dependencies: ["GatewayCore", crypto, cryptoExtras], swiftSettings: strict),
        .target(name: "CameraRegistry", dependencies: ["GatewayCore", crypto], swiftSettings: strict),
        .target(name: "IncidentCommand", dependencies: ["GatewayCore", crypto], swiftSettings: strict),
        .target(
            name: "Footage", dependencies: ["GatewayCore", "FeedRelay", "FFmpegMedia", nioCore, logging], swiftSettings: strict),
        .target(
            name: "VideoDispatch",
            dependencies: [
                "GatewayCore", "Accounts", "CameraRegistry", "IncidentCommand", "FeedRelay", "FFmpegMedia", "Footage",
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
            dependencies: ["GatewayCore", "RTSP", "FFmpegMedia", nioCore, nioPosix, logging], swiftSettings: strict),
        .executableTarget(
            name: "lookout",
            dependencies: [
                "GatewayCore", "RTSP", "FeedRelay", "FFmpegMedia", "Accounts", "CameraRegistry", "IncidentCommand", "Footage",
                "VideoDispatch", "GatewayStore", "GatewayAPI", "CameraSimulator", argumentParser, yams,
                logging, lifecycle, unixSignals, nioPosix,
            ], swiftSettings: strict),
    ]
)
