import Glibc

/// The time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// A time in seconds since 1970; `nil` for one that no calendar has.
    static func text(_ seconds: time_t) -> String? {
        var seconds = seconds
        // Unsafe for the zone's name, which is not read.
        var parts = unsafe tm()
        guard unsafe gmtime_r(&seconds, &parts) != nil else { return nil }
        let (weekday, month) = unsafe (Int(parts.tm_wday), Int(parts.tm_mon))
        guard days.indices.contains(weekday), months.indices.contains(month) else { return nil }
        let time = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        let (day, year) = unsafe (twoDigits(parts.tm_mday), Int(parts.tm_year) + 1900)
        return "\(days[weekday]), \(day) \(months[month]) \(year) \(time) GMT"
    }

    private static func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
