import Foundation

/// `xs:dateTime` with its zone, such as `2006-05-01T00:00:00Z`; without one it would not be a moment.
enum XMLDate {
    /// The moment that is meant, fractions of a second included; `nil` for anything else.
    static func date(_ text: String) -> Date? {
        let pattern = /(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(?:Z|([+-])(\d{2}):(\d{2}))/
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ $0 < 0x80 }), let parts = text.wholeMatch(of: pattern)?.output else {
            return nil
        }
        guard let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3), let hour = Int(parts.4),
            let minute = Int(parts.5), let second = Int(parts.6)
        else { return nil }
        let offset: Int
        if let sign = parts.8, let hours = parts.9.flatMap({ Int($0) }), let minutes = parts.10.flatMap({ Int($0) }) {
            guard hours <= 14, minutes < 60 else { return nil }
            offset = (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
        } else {
            offset = 0
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let date = calendar.date(from: components),
            calendar.dateComponents([.year, .month, .day], from: date) == DateComponents(year: year, month: month, day: day)
        else { return nil }
        let fraction = parts.7.flatMap { Double("0" + $0) } ?? 0
        return date.addingTimeInterval(fraction - Double(offset))
    }

    /// The moment in UTC, whole seconds.
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
