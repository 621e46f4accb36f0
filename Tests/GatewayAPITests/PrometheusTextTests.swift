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

    @Test func aHistogramCountsUpwards() {
        var page = PrometheusText()
        page.histogram("h_seconds", "How late.", bounds: [0.001, 0.5], buckets: [3, 0, 2], sum: 1.5)
        #expect(
            page.text == #"""
                # HELP h_seconds How late.
                # TYPE h_seconds histogram
                h_seconds_bucket{le="0.001"} 3
                h_seconds_bucket{le="0.5"} 3
                h_seconds_bucket{le="+Inf"} 5
                h_seconds_sum 1.5
                h_seconds_count 5

                """#)
    }
}
