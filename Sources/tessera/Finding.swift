/// One thing that was looked at: how it stands, and what to do about it.
struct Finding: Encodable, Equatable {
    enum Result: String, Encodable {
        case ok, warning, failed
    }

    /// What was looked at: "PIN".
    let check: String
    let result: Result
    /// How it stands, in a few words.
    let detail: String
    /// What to do next; `nil` where nothing has to be done.
    let hint: String?

    static func ok(_ check: String, _ detail: String) -> Finding { Finding(check: check, result: .ok, detail: detail, hint: nil) }

    static func warning(_ check: String, _ detail: String, hint: String) -> Finding {
        Finding(check: check, result: .warning, detail: detail, hint: hint)
    }

    static func failed(_ check: String, _ detail: String, hint: String) -> Finding {
        Finding(check: check, result: .failed, detail: detail, hint: hint)
    }

    /// One line, and a second one with what to do.
    var text: String {
        let mark = result.rawValue + String(repeating: " ", count: 9 - result.rawValue.count)
        let line = "\(mark)\(check.printable): \(detail.printable)"
        return hint.map { "\(line)\n         → \($0.printable)" } ?? line
    }
}

extension [Finding] {
    /// A line each, those with a next step followed by it.
    var text: String { map(\.text).joined(separator: "\n") }

    var hasFailed: Bool { contains { $0.result == .failed } }
}
