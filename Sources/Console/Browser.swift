import Crypto
import Foundation
import HTTPDoor
import Synchronization

/// One browser, by its cookie: who is signed in there, what they are about to do.
///
/// All its tabs share it.
final class Browser: Sendable {
    /// The cookie's value: 32 random bytes in hexadecimal digits.
    let id: String
    /// What every change has to bring along, in a header that no foreign page can set.
    let csrf: String
    private let state = Mutex(State())

    init() {
        id = Browser.randomText()
        csrf = Browser.randomText()
    }

    /// What is known of it.
    struct State: Sendable {
        /// Who is signed in.
        var person: Person?
        /// A login that has begun.
        var login: SignIn?
        /// A payment that has been filled in and not confirmed.
        var draft = Draft()
        /// What a device is asked besides transactions.
        var approval: Approval?
        /// A new password for who forgot theirs, as far as it is.
        var forgotten: Forgotten?
        /// What became of the drafts that were confirmed: confirming twice is confirming once.
        var confirmed = Confirmations()

        /// The login with this name, where nothing is answering it.
        func waitingLogin(_ id: String) -> SignIn? {
            guard let login, login.id == id, login.phase != .working else { return nil }
            return login
        }

        /// Lets somebody answer that login; of two who want to, the first.
        mutating func takeLogin(_ id: String) -> SignIn? {
            guard let taken = waitingLogin(id) else { return nil }
            login?.phase = .working
            return taken
        }
    }

    /// Which transactions became of the latest drafts.
    struct Confirmations: Sendable {
        /// How many are remembered; the bridge still takes an older one for the same request.
        static let most = 64

        private var entries: [(draft: String, transaction: String)] = []

        /// The transaction that became of the draft with this name; `nil` for one that was not confirmed, or long ago.
        subscript(draft: String) -> String? { entries.last { $0.draft == draft }?.transaction }

        /// Remembers it, and forgets the oldest where there are too many.
        mutating func keep(_ transaction: String, of draft: String) {
            entries.append((draft, transaction))
            if entries.count > Self.most { entries.removeFirst() }
        }
    }

    /// Who is signed in, and the bank's token for it.
    struct Person: Sendable {
        let user: String
        let token: String
        /// The device that opened the session.
        let device: String?
        let product: String
        var endsAt: Date
        /// Whether they have still to choose their secret image.
        var needsImage = false
    }

    /// A login that has begun, as the page shows it.
    ///
    /// The password is never here.
    struct SignIn: Sendable {
        let id: String
        let user: String
        let product: String
        let form: String
        let code: [UInt8]?
        let image: [UInt8]?
        /// What the image shows, for who cannot see it.
        let imageText: String?
        var phase = Phase.asked
        var problem: JSONValue?
        let startedAt: Date
    }

    /// How far a login is.
    enum Phase: String, Sendable { case asked, working, refused }

    /// What a device is asked besides transactions, and what is done when it agrees.
    struct Approval: Sendable {
        /// What is done then.
        enum Purpose: Hashable, Sendable { case image(String), payee(iban: String, name: String) }

        let operation: String
        let purpose: Purpose
        var isDone = false
        /// Why it was not done, although it was approved.
        var problem: JSONValue?
    }

    /// A forgotten password: the operation by which a device of theirs approves a new one.
    ///
    /// The password is never here.
    struct Forgotten: Sendable {
        let operation: String
        let user: String
        let product: String
        /// Whether the new one is set.
        var isDone = false
    }

    /// What somebody filled in, as they typed it.
    struct Draft: Sendable {
        var name = Browser.randomText()
        var fields: [String: String] = [:]
        /// The transaction that it changes.
        var edits: String?
    }

    /// Looks at it, or changes it.
    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    /// Whether this is its token; takes the same time for any other.
    func admits(_ token: String) -> Bool {
        SHA256.hash(data: Data(token.utf8)) == SHA256.hash(data: Data(csrf.utf8))
    }

    /// 32 random bytes in hexadecimal digits.
    static func randomText() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let text = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}

/// All browsers that are known; whoever was away longest is forgotten first.
final class Browsers: Sendable {
    private static let limit = 1000

    private struct State {
        var browsers: [String: (browser: Browser, seen: UInt64)] = [:]
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())

    /// The one with this cookie; `nil` for a stranger.
    func browser(_ id: String?) -> Browser? {
        guard let id else { return nil }
        return state.withLock { state in
            guard let found = state.browsers[id]?.browser else { return nil }
            state.clock += 1
            state.browsers[id] = (found, state.clock)
            return found
        }
    }

    /// A new one.
    func make() -> Browser {
        let browser = Browser()
        state.withLock { state in
            state.clock += 1
            state.browsers[browser.id] = (browser, state.clock)
            if state.browsers.count > Self.limit, let oldest = state.browsers.min(by: { $0.value.seen < $1.value.seen })?.key {
                state.browsers[oldest] = nil
            }
        }
        return browser
    }
}
