import Testing

@testable import GatewayAPI

@Suite struct PrometheusTextTests {
    @Test func writesFamilies() {
        var page = PrometheusText()
        page.family("a_total", .counter, "One\nline \\ only.", 3)
        page.family(
            "b", .gauge, "Labels.", [(labels: [("x", "q\"\\\n"), ("y", "2")], value: 0.5), (labels: [], value: .infinity)])
        page.family("none", .gauge, "Without samples.", [])
        #expect(
            page.text == #"""
                # HELP a_total One\nline \\ only.
                # TYPE a_total counter
                a_total 3
                # HELP b Labels.
                # TYPE b gauge
                b{x="q\"\\\n",y="2"} 0.5
                b +Inf

                """#)
    }
}
