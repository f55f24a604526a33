#if PostgreSQL
import Verification

/// Why a server did not do what it was told.
enum ServerFailure: Error {
    /// The connection is gone, or can no longer be trusted.
    case lost(String)
    /// The server says no: its five-letter code (PostgreSQL, Appendix A) and its words.
    case refused(code: String, String)
    /// It lets nobody else in for want of connections, memory or disk, which others may give back (class 53).
    case crowded(code: String, String)
    /// It is not one that a store may be on.
    case unfit(StoreError)

    /// What the server answered; some answers mean that it lets nobody in, or is about to go.
    init(code: String, message: String) {
        switch code {
        // connection exceptions; shut down, crashed, starting; idle too long; a standby, which takes no changes
        case let code where code.hasPrefix("08"): self = .lost(message)
        case "57P01", "57P02", "57P03", "57P05", "25P03", "25006": self = .lost(message)
        default: self = .refused(code: code, message)
        }
    }

    /// Why connecting failed, in libpq's verbose words, where the server's code stands between two colons.
    ///
    /// A role, password or database that the server does not know (classes 28 and 3D, 42501) will not be right a moment later.
    init(connecting text: String, to server: String, needsPassword: Bool) {
        let reason = text.split(separator: "; ").filter { !$0.hasPrefix("LOCATION: ") }.joined(separator: "; ")
        let code = reason.split(separator: ": ").map { $0.trimmingPrefix(" ") }.first { word in
            word.utf8.count == 5 && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
                && word.utf8.contains { $0 < 0x3A }
        }
        if let code, code.hasPrefix("53") {
            self = .crowded(code: String(code), reason)
            return
        }
        guard needsPassword || code?.hasPrefix("28") == true || code == "3D000" || code == "42501" else {
            self = .lost(reason)
            return
        }
        self = .unfit(.notAdmitted(server: server, reason))
    }

    /// Whether the connection is gone.
    var isLost: Bool {
        if case .lost = self { true } else { false }
    }

    /// Whether a new connection may be had a moment later.
    var mayReconnect: Bool {
        switch self {
        case .lost, .crowded: true
        case .refused, .unfit: false
        }
    }

    /// Whether the same may go well a moment later: serialization failure, deadlock.
    var isPassing: Bool {
        if case .refused(let code, _) = self { ["40001", "40P01"].contains(code) } else { false }
    }

    /// Whether somebody else had a lock for too long.
    var isLockTimeout: Bool {
        if case .refused("55P03", _) = self { true } else { false }
    }

    /// In the store's words.
    func error(from server: String) -> StoreError {
        switch self {
        case .lost(let reason): return .unreachable(server: server, reason)
        case .unfit(let error): return error
        case .refused(let code, let message), .crowded(let code, let message):
            switch code {
            case "55P03", "40001", "40P01": return .busy
            case "53100": return .full
            case "53200": return .exhausted(.memory, server: server, message)
            case "53300": return .exhausted(.connections, server: server, message)
            case let code where code.hasPrefix("53"): return .exhausted(.limit, server: server, message)
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
