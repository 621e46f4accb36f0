import Testing

@testable import RTSP

@Suite struct ControlURLTests {
    struct Case: Sendable {
        var control: String?
        var base: String?
        var location: String?
        var request = "rtsp://10.0.0.1/live"
        var expected: String
    }

    static let cases: [Case] = [
        Case(control: "trackID=1", base: "rtsp://10.0.0.1/live/", expected: "rtsp://10.0.0.1/live/trackID=1"),
        Case(control: "trackID=1", expected: "rtsp://10.0.0.1/live/trackID=1"),
        Case(control: "rtsp://cam/live/trackID=1", base: "rtsp://10.0.0.1/live/", expected: "rtsp://cam/live/trackID=1"),
        Case(control: "RTSP://cam/live", expected: "RTSP://cam/live"),
        Case(control: nil, base: "rtsp://10.0.0.1/x/", expected: "rtsp://10.0.0.1/x/"),
        Case(control: "*", base: nil, expected: "rtsp://10.0.0.1/live"),
        Case(control: "", base: " ", location: "rtsp://10.0.0.1/loc", expected: "rtsp://10.0.0.1/loc"),
        Case(control: "t", base: nil, location: "rtsp://10.0.0.1/loc", expected: "rtsp://10.0.0.1/loc/t"),
        // Hikvision with a query: the track follows the query, as other clients send it.
        Case(
            control: "trackID=1", base: nil, request: "rtsp://h/Streaming/Channels/101?transportmode=unicast",
            expected: "rtsp://h/Streaming/Channels/101?transportmode=unicast/trackID=1"),
        Case(
            control: "trackID=1", base: "rtsp://h:554/cam/realmonitor?channel=1&subtype=0/",
            expected: "rtsp://h:554/cam/realmonitor?channel=1&subtype=0/trackID=1"),
        Case(control: "?track=1", base: "rtsp://h/a", expected: "rtsp://h/a?track=1"),
        Case(control: "/trackID=1", base: "rtsp://h/a/", expected: "rtsp://h/a/trackID=1"),
        Case(control: "/a/trackID=1", base: "rtsp://h/a/", expected: "rtsp://h/a/trackID=1"),
        Case(control: "t", base: "/other/", expected: "rtsp://10.0.0.1/other/t"),
        Case(control: "t", base: "other", request: "rtsp://h?x", expected: "rtsp://h/other/t"),
        Case(control: "t", base: "\"rtsp://h/q/\"", expected: "rtsp://h/q/t"),
    ]

    @Test(arguments: cases) func `a control finds its URL`(each: Case) {
        #expect(
            ControlURL.resolve(
                control: each.control, contentBase: each.base, contentLocation: each.location, requestURI: each.request)
                == each.expected)
    }
}
