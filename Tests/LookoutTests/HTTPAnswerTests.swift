import Foundation
import Testing

@testable import lookout

@Suite struct HTTPAnswerTests {
    private func parse(_ text: String) -> HTTPAnswer? { HTTPAnswer(Data(text.utf8)) }

    @Test func aBodyOfKnownLength() {
        let answer = parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}trailing")
        #expect(answer?.status == 200)
        #expect(answer?.body == Data("{}".utf8))
    }

    @Test func aChunkedBody() {
        #expect(
            parse("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")?.body
                == Data("abcde".utf8))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "garbage\r\n\r\n", "HTTP/1.1 two OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func whatBrokeOffIsNoAnswer(text: String) { #expect(parse(text) == nil) }
}
