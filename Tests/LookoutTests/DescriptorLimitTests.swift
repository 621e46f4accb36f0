import Foundation
import Logging
import Testing

@testable import lookout

@Suite struct DescriptorLimitTests {
    @Test func theSoftLimitIsRaisedToTheHardOne() throws {
        let before = try #require(DescriptorLimit.current)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var low = rlimit(rlim_cur: rlim_t(min(before.hard, 700)), rlim_max: rlim_t(before.hard))
        defer {
            var old = rlimit(rlim_cur: rlim_t(before.soft), rlim_max: rlim_t(before.hard))
            setrlimit(resource, &old)
        }
        try #require(setrlimit(resource, &low) == 0)
        DescriptorLimit.raise(logger: Logger(label: "test"))
        #expect(DescriptorLimit.current == DescriptorLimit(soft: before.hard, hard: before.hard))
    }

    @Test func whatIsTooLowIsSaid() {
        #expect(DescriptorLimit(soft: 256, hard: 256).warning?.contains("only 256 ") == true)
        #expect(DescriptorLimit(soft: 1_024, hard: 4_096).warning == nil)
    }
}
