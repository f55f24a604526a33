#if PostgreSQL
import Verification

/// Why a server did not do what it was told.
enum ServerFailure: Error {
    /// The connection is gone, or can no longer be trusted.
    case lost(String)
    /// The server says no: its five-letter code (PostgreSQL, Appendix A) and its words.
    case refused(code: String, String)
    /// It is not one that a store may be on.
    case unfit(StoreError)

    /// What the server answered; some answers mean that it lets nobody in, or is about to go.
    init(code: String, message: String) {
        switch code {
        // connection exceptions; shut down, crashed, starting; idle too long; too many clients; a standby, which takes no changes
        case let code where code.hasPrefix("08"): self = .lost(message)
        case "57P01", "57P02", "57P03", "57P05", "25P03", "53300", "25006": self = .lost(message)
        default: self = .refused(code: code, message)
        }
    }

    /// Whether the same may go well a moment later: serialization failure, deadlock.
    var isPassing: Bool {
        if case .refused(let code, _) = self { ["40001", "40P01"].contains(code) } else { false }
    }

    /// In the store's words.
    func error(from server: String) -> StoreError {
        switch self {
        case .lost(let reason): return .unreachable(server: server, reason)
        case .unfit(let error): return error
        case .refused(let code, let message):
            switch code {
            case "55P03", "40001", "40P01": return .busy
            case "53100": return .full
            case "P0001": return .conflict(message)
            case let code where code.hasPrefix("23"): return .conflict(message)
            case let code where code.hasPrefix("22"): return .conflict(message)
            case let code where code.hasPrefix("XX"): return .damaged(message)
            default: return .unavailable("\(message) (\(code), \(server))")
            }
        }
    }
}
#endif
