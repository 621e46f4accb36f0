package struct TestClip: Sendable {
    package static let framesPerSecond = 15
}
