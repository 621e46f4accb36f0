import CameraRegistry
import Testing

struct CalendarDayTests {
    @Test(arguments: [("2024-02-29", "2024-02-29"), ("2024/2/9", "2024-02-09"), ("1970-1-1", "1970-01-01")])
    func reads(text: String, written: String) { #expect(CalendarDay(text)?.description == written) }

    @Test(arguments: ["2023-02-29", "2024-13-01", "24-01-01", "2024-01", "2024-01-01-01", "2024-+1-01", "２０２４-01-01", "", "--"])
    func refuses(text: String) { #expect(CalendarDay(text) == nil) }

    @Test func ordinalsCountDays() throws {
        #expect(CalendarDay("1970-01-01")?.ordinal == 0)
        #expect(CalendarDay("2000-03-01")?.ordinal == 11_017)
        #expect(CalendarDay("2024-12-31")?.ordinal == 20_088)
    }
}
