import Crypto
import DeviceProtocol
import Foundation
import Secrets
import Testing
import Verification

/// Names that hide, turn round, pile up or never end: refused at every door by an error of their own, and nothing changes in the store.
struct AbsurdNameTests {
    private static let hidden: [(String, String)] = [
        ("a control character", "Anna\u{7}"), ("an escape sequence", "\u{1B}[2JAnna"), ("a new line", "Anna\nLU28"), ("NUL", "An\u{0}na"),
        ("an override", "Anna\u{202E}retsuM"), ("an isolate", "\u{2067}Anna\u{2069}"), ("zero width", "An\u{200B}na"),
        ("a byte order mark", "\u{FEFF}Anna"), ("a word joiner", "An\u{2060}na"), ("a filler that nobody sees", "\u{3164}"),
        ("a soft hyphen", "An\u{AD}na"), ("a tag", "Anna\u{E0041}"), ("private use", "Anna\u{E000}"),
        ("a line separator", "Anna\u{2028}Muster"),
    ]
    private static let shapeless: [(String, String)] = [
        ("empty", ""), ("spaces", "   "), ("10,000 characters", String(repeating: "x", count: 10_000)),
        ("accents piled up", "A" + String(repeating: "\u{301}", count: 10_000)),
    ]
    /// What no identifier may be, although a name may.
    private static let foreign: [(String, String)] = [
        ("Cyrillic that looks like Latin", "\u{430}lice"), ("full width", "ａｌｉｃｅ"), ("a trailing space", "alice "),
        ("a leading space", " alice"), ("an accent", "alicé"), ("two words", "alice muster"), ("a tab", "alice\t"),
        ("65 characters", String(repeating: "x", count: 65)), ("an emoji", "👩‍👩‍👧"),
    ]

    @Test func `an absurd user ID, serial number or account is no name, and what looks like another is not taken for it`() {
        for (kind, text) in Self.hidden + Self.shapeless + Self.foreign {
            let rule = "has 1 to 64 printable ASCII characters without spaces"
            #expect(throws: ContentError.invalidIdentifier("a subscriber \(rule)"), "\(kind)") { try SubscriberID(text) }
            #expect(throws: ContentError.invalidIdentifier("a device \(rule)"), "\(kind)") { try DeviceID(text) }
            #expect(AccountID(rawValue: text) == nil && EnrolmentID(rawValue: text) == nil, "\(kind)")
        }
    }

    @Test func `whoever types an absurd user ID is refused as a stranger is, who is counted and written down nameless`() async throws {
        let bank = try await WatchedBank()
        _ = try await bank.customers.enrolScan()
        for (kind, text) in Self.hidden.prefix(4) + Self.shapeless + Self.foreign.prefix(3) {
            let told = try await bank.refusal(of: kind, changing: ["audit", "stranger"]) {
                let attempt = try await bank.customers.logins.begin(as: text, with: .scan, login: Login(place: "", browser: ""))
                _ = try await bank.customers.logins.finish(
                    attempt.id, as: text, password: secret(TestCustomers.password), response: .code("12345678"))
            }
            #expect(told == "user ID, password or code is not right")
        }
    }

    @Test func `a payee, reference, beneficiary, place or device that could deceive is refused with the character's name`() async throws {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        let iban = try IBAN("LU280019400644750000")
        let euro = try Amount(minorUnits: 1250, currency: Currency("EUR"))
        let doors: [(String, (String) throws -> Challenge.Content)] = [
            ("payee", { .payment(try Payment(iban: iban, amount: euro, payee: $0)) }),
            ("reference", { .payment(try Payment(iban: iban, amount: euro, payee: "Anna", reference: $0)) }),
            ("name", { .beneficiary(try Beneficiary(iban: iban, name: $0)) }),
            ("payee", { .batch(try Batch([Batch.Transfer(iban: iban, payee: $0, amount: euro)])) }),
            ("place", { .login(try Login(place: $0, browser: "")) }), ("browser", { .login(try Login(place: "", browser: $0)) }),
            ("product", { .activation(try Activation(product: $0, device: "D-1")) }),
            ("device", { .activation(try Activation(product: "Mobile", device: $0)) }),
        ]
        for (field, content) in doors {
            for (kind, text) in Self.hidden {
                let told = try await bank.refusal(of: "\(field), \(kind)") { _ = try await bank.bank.begin(content(text), with: scan.id) }
                #expect(told.hasPrefix("\(field) holds the character U+"), "\(kind)")
            }
            for (kind, text) in Self.shapeless.suffix(2) {
                let told = try await bank.refusal(of: "\(field), \(kind)") { _ = try await bank.bank.begin(content(text), with: scan.id) }
                #expect(told.hasPrefix("\(field) has ") && told.contains("bytes, at most"), "\(kind)")
            }
            for (kind, text) in Self.shapeless.prefix(2) where !["reference", "place", "browser"].contains(field) {
                let told = try await bank.refusal(of: "\(field), \(kind)") { _ = try await bank.bank.begin(content(text), with: scan.id) }
                #expect(told == "\(field) may not be empty")
            }
        }
    }

    @Test func `a device's name that hides, is empty or endless is refused, spaces at its ends are left out`() async throws {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        for (kind, text) in Self.hidden + Self.shapeless {
            let told = try await bank.refusal(of: kind) { try await bank.bank.enrolments.rename(scan.id, to: text) }
            #expect(told == "a device's name has 1 to 40 characters that can be shown", "\(kind)")
        }
        try await bank.bank.enrolments.rename(scan.id, to: "  Schlëssel-Scan ")
        #expect(try await bank.bank.enrolment(of: scan.id).life.name == "Schlëssel-Scan")
    }

    @Test func `a security question that hides or is empty is refused, and the former ones stay`() async throws {
        let bank = try await WatchedBank()
        let subscribers = bank.customers.subscribers
        func set(_ text: String) async throws {
            try await subscribers.setQuestions(
                of: bank.customers.alice,
                to: [text, "First pet?", "Street?"].map { (text: $0, answer: try secret("Brill")) })
        }
        try await set("First school?")
        for (kind, text) in Self.hidden + Self.shapeless {
            let told = try await bank.refusal(of: kind) { try await set(text) }
            #expect(told == "there are 3 to 10 different questions, each with an answer", "\(kind)")
        }
    }

    @Test func `a password of what nobody sees, or of no text at all, is refused, and the former one stays`() async throws {
        let bank = try await WatchedBank()
        let old = try secret(TestCustomers.password)
        let words: [(String, [UInt8])] = [
            ("zero width", Array("Passw0rd\u{200B}".utf8)), ("an override", Array("Passw0rd\u{202E}".utf8)),
            ("a filler", Array("Passw0rd\u{3164}".utf8)), ("a soft hyphen", Array("Passw0rd\u{AD}".utf8)),
            ("NUL", Array("Pass-w0\u{0}".utf8)), ("a space", Array("Pass-w0 r".utf8)), ("no UTF-8", [0x50, 0x61, 0x2D, 0x30, 0xC3, 0x28]),
            ("half a surrogate", [0x50, 0x61, 0x2D, 0x30, 0xED, 0xA0, 0x80]), ("overlong", [0x50, 0x61, 0x2D, 0x30, 0xC0, 0x80, 0x41]),
            ("accents piled up", Array(("Pa-0xx" + String(repeating: "\u{301}", count: 2000)).utf8)),
            ("4,000 characters", Array(repeating: 0x41, count: 4000)), ("empty", []),
        ]
        for (kind, bytes) in words {
            let new = HeldSecret(try SecretBytes.copying(bytes))
            let told = try await bank.refusal(of: kind) {
                try await bank.customers.subscribers.changePassword(of: bank.customers.alice, from: old, to: new)
            }
            #expect(told.contains("a password has"), "\(kind)")
        }
    }

    @Test func `an absurd idempotency key or origin begins nothing`() async throws {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        let operations = bank.bank.operations
        for key in ["", String(repeating: "k", count: 10_000)] {
            let told = try await bank.refusal(of: "key of \(key.count)") {
                _ = try await operations.begin(.login(), for: bank.customers.alice, with: scan.id, idempotencyKey: key)
            }
            #expect(told == "an idempotency key has 1 to 255 bytes")
        }
        for (kind, text) in Self.hidden + Self.shapeless {
            _ = try await bank.refusal(of: kind) {
                let other = try Operations(store: bank.bank.store, origin: text, issuer: bank.bank.issuer, policy: bank.bank.policy)
                _ = try await other.begin(.login(), for: bank.customers.alice, with: scan.id, idempotencyKey: "one")
            }
        }
    }
}
