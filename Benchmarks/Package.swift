// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// A package of its own: nothing here is linked with the gateway, which is measured from outside.
let package = Package(
    name: "lookout-benchmarks",
    products: [
        .executable(name: "lookout-load", targets: ["lookout-load"]),
        .library(name: "CallCounter", type: .dynamic, targets: ["CallCounter"]),
    ],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
    targets: [
        .executableTarget(
            name: "lookout-load", dependencies: ["CLoad", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        .target(name: "CLoad"),
        .target(name: "CallCounter"),
    ]
)
