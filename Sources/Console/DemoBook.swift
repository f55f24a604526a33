import Synchronization

/// What the demo bank knows before anybody asks: who its people are, and what their letters say.
final class DemoBook: Sendable {
    /// A customer of the demo, with the letter that they got.
    struct Customer: Sendable {
        let user: String
        let name: String
        /// What to sign in with; `nil` until it is set.
        var password: String?
        /// Whether they chose one themselves, which nobody else knows.
        var hasOwnPassword = false
    }

    /// An account, and whose signature it wants.
    struct Account: Sendable {
        let iban: String
        /// Which text of the page names it.
        let kind: String
        let holders: [String]
    }

    /// The letter of a device that was ordered.
    struct Letter: Sendable {
        let order: String
        let user: String
        let product: String
        var activationCode: String?
        let challengeCode: String
        /// The number on the back of a device that is made for this order, where it is asked for before the device is there.
        let serial: String?
        /// The device whose place it takes.
        let replaces: String?
        /// The operation by which the device approves its activation, or another one vouches for it.
        var operation: String?

        /// Whether it answers by itself, in a reader.
        var isCard: Bool { product == "smartcard" || product == "stick" }
        /// Whether it gets its keys by two QR codes.
        var isPaired: Bool { product == "scan" || product == "mobile" }
    }

    private struct State {
        var customers: [Customer]
        var letters: [Letter] = []
        var initialPasswords: [String: String] = [:]
        var isReady = false
        var trouble: String?
        var lastSerial = 9000
    }

    let accounts: [Account]
    private let state: Mutex<State>

    init(customers: [Customer], accounts: [Account]) {
        self.accounts = accounts
        state = Mutex(State(customers: customers))
    }

    var customers: [Customer] { state.withLock { $0.customers } }
    var isReady: Bool { state.withLock { $0.isReady } }
    var trouble: String? { state.withLock { $0.trouble } }

    /// All letters, the first sent first.
    var letters: [Letter] { state.withLock { $0.letters } }

    func letter(of order: String) -> Letter? { letters.first { $0.order == order } }

    func send(_ letter: Letter) { state.withLock { $0.letters.append(letter) } }

    func initialPassword(of user: String) -> String? { state.withLock { $0.initialPasswords[user] } }
    func setInitialPassword(of user: String, to password: String) { state.withLock { $0.initialPasswords[user] = password } }
    func forgetInitialPassword(of user: String) { state.withLock { $0.initialPasswords[user] = nil } }

    /// The number of another Token; the emulators count their own from 1 on.
    func nextSerial() -> String {
        state.withLock { state in
            state.lastSerial += 1
            return "TOKEN-\(state.lastSerial)"
        }
    }

    /// Five characters that nobody mistakes for others.
    static func activationCode() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<5).compactMap { _ in "ACDEFHJKMNPRTUVWXY34679".randomElement(using: &generator) })
    }

    /// A password as the bank's rule wants it: `Tulip-4821`.
    static func password() -> String {
        var generator = SystemRandomNumberGenerator()
        let word = ["Tulip", "Maple", "River", "Cloud", "Amber", "Olive", "Tiger", "Piano"].randomElement(using: &generator) ?? "Tulip"
        return "\(word)-\(Int.random(in: 1000...9999, using: &generator))"
    }

    /// Which operation the device of an order is answering now.
    func begin(_ operation: String?, for order: String) {
        state.withLock { state in
            for index in state.letters.indices where state.letters[index].order == order { state.letters[index].operation = operation }
        }
    }

    func setPassword(of user: String, to password: String) {
        state.withLock { state in
            for index in state.customers.indices where state.customers[index].user == user { state.customers[index].password = password }
        }
    }

    /// It is their own now, and stands in no letter.
    func forgetPassword(of user: String) {
        state.withLock { state in
            for index in state.customers.indices where state.customers[index].user == user {
                (state.customers[index].password, state.customers[index].hasOwnPassword) = (nil, true)
            }
        }
    }

    func becomeReady() {
        state.withLock {
            $0.isReady = true; $0.trouble = nil
        }
    }
    func meetTrouble(_ text: String) { state.withLock { $0.trouble = text } }

    /// Anna has a device of every kind, and Ben a Scan: with him she shares the business account.
    ///
    /// Chris has just ordered a Scan.
    static func standard() -> DemoBook {
        DemoBook(
            customers: [
                Customer(user: "anna", name: "Anna Weber"), Customer(user: "ben", name: "Ben Muller"),
                Customer(user: "chris", name: "Chris Klein"),
            ],
            accounts: [
                Account(iban: "LU280019400644750000", kind: "private", holders: ["anna"]),
                Account(iban: "LU360029152460050000", kind: "business", holders: ["anna", "ben"]),
                Account(iban: "LU120010001234567891", kind: "private", holders: ["chris"]),
            ])
    }
}
