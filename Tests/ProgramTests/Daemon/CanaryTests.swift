import Crypto
import Foundation
import OATH
import PSKC
import TestSupport
import Testing

/// Each flow through the real daemon, with secrets that occur nowhere else, and then a search in all that it left behind.
@Suite(.timeLimit(.minutes(5))) struct CanaryTests {
    private static let cardPIN = "73915264"
    private static let phonePIN = "739152"
    private static let password = "Kan+Vog3l"
    private static let next = "Z3isig-Xq"
    private static let seed: [UInt8] = Array(SHA256.hash(data: Data("canary".utf8)).prefix(20))
    private static let bearer = "c0ffee5e1f0a97b3842d6c1e0b59f7a86d3c2b1a4f5e69788796a5b4c3d2e1f0"

    private let folder: Folder
    private var canaries: [Canary] {
        [
            Canary("the card's PIN", Self.cardPIN), Canary("the wrong PIN", "73915265"), Canary("the phone's PIN", Self.phonePIN),
            Canary("the password", Self.password), Canary("the next password", Self.next), Canary("the seed", bytes: Self.seed),
            Canary("the bearer token", Self.bearer),
        ]
    }

    init() throws { folder = try Folder() }

    /// A store that has keys, with a customer and their Token.
    private func prepare() async throws -> [String] {
        #expect(try await Program.run("verify", "new-key", folder.path("store.keys")).status == 0)
        try folder.write("core verifier \(Self.bearer)\n", to: "tokens")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("tokens"))
        var device = DeviceInfo()
        (device.manufacturer, device.serialNumber) = ("Maker", "T-1")
        var key = PSKCKey(id: "T-1", algorithm: .totp, secret: SymmetricKey(data: Self.seed))
        key.responseFormat = ResponseFormat(length: 6)
        key.timeInterval = 30
        let document = try KeyContainer(packages: [KeyPackage(device: device, key: key)]).plainDocument()
        try Data(document).write(to: folder.url.appending(path: "keys.xml"))
        try folder.write("serial,user\nT-1,alice", to: "owners.csv")
        let imported = try await Program.run(
            "device", "import", folder.path("keys.xml"), "--owners", folder.path("owners.csv"), "--store", folder.path("s.sqlite"),
            "--test", "--admit-retired", "--emulated", "--create", "--keys", folder.path("store.keys"))
        #expect(imported.status == 0, "\(imported.complaints)")
        return ["--keys", folder.path("store.keys"), "--listen", "127.0.0.1:0", "--tokens", folder.path("tokens")]
    }

    /// Begins a login; its answer.
    private func begin(_ daemon: RunningDaemon, _ product: String) async throws -> RunningDaemon.Answer {
        try await daemon.ask("POST", "logins", #"{"user": "alice", "product": "\#(product)", "place": "Here", "browser": "Firefox"}"#)
    }

    /// Ends it with a member that has the answer.
    private func finish(
        _ daemon: RunningDaemon, _ login: RunningDaemon.Answer, _ password: String, _ answer: String
    ) async throws -> RunningDaemon.Answer {
        let id = try #require(login.string("id"), "\(login.text)")
        return try await daemon.ask("POST", "logins/\(id)/finish", #"{"user": "alice", "password": "\#(password)", \#(answer)}"#)
    }

    /// What a Scan or phone shows once it has seen an operation's QR code.
    private func code(_ daemon: RunningDaemon, _ emulator: String, for operation: String) async throws -> String {
        let picture = try await daemon.ask("GET", "operations/\(operation)/qr.png").body
        let seen = try await daemon.ask("POST", "emulators/\(emulator)/look", data: picture, at: .emulators, as: "image/png")
        #expect(seen.status / 100 == 2, "\(seen.text)")
        return try await shown(daemon, emulator)
    }

    private func shown(_ daemon: RunningDaemon, _ emulator: String) async throws -> String {
        var code: String?
        _ = try await eventually {
            code = try await daemon.ask("GET", "emulators/\(emulator)/answer", at: .emulators).string("code")
            return code != nil
        }
        return try #require(code)
    }

    @Test func `no PIN, password, seed or token is in an answer, an event, the log or the store`() async throws {
        let daemon = try await RunningDaemon(in: folder, try await prepare())
        let listeners = try [daemon.listen(), daemon.listen(at: .emulators)]
        let (card, device) = try await daemon.make(
            #"{"kind": "smartcard", "model": "piv", "subscriber": "alice", "pin": "\#(Self.cardPIN)", "behaviour": "respond"}"#)
        let phone = try await daemon.make(
            #"{"kind": "mobile", "subscriber": "alice", "pin": "\#(Self.phonePIN)", "behaviour": "respond"}"#)
        let scan = try await daemon.make(#"{"kind": "scan", "subscriber": "alice", "behaviour": "respond"}"#)
        #expect(try await eventually { try await daemon.ask("GET", "devices/\(device)").status == 200 })

        for name in ["T-1", device, phone.device, scan.device] {
            let identified = try await daemon.ask("POST", "enrolments/\(name)/identify", #"{"identification": "video"}"#)
            #expect(identified.status == 200, "\(identified.text)")
        }
        try await choosePassword(daemon, device)
        let codes = [
            Canary("the Scan's code", try await signIn(daemon, device, scan.id)),
            Canary("the phone's code", try await pay(daemon, card, device, phone)),
        ]
        try await changePassword(daemon)
        for path in [
            "audit?limit=100", "audit/check", "subscribers/alice", "subscribers/alice/notices", "operations?subscriber=alice", "devices",
        ] {
            #expect(try await daemon.ask("GET", path).status == 200, "\(path)")
        }
        #expect(try await daemon.ask("GET", "emulators", at: .emulators).status == 200)

        // With what is not in the file yet.
        let live = try ["s.sqlite", "s.sqlite-wal"].map { ($0, try folder.read($0)) }
        try await daemon.kill()
        let kept = live + [("the log", Data(daemon.program.errors.utf8))]
        // A code is in its emulator's answers, and not in what is kept.
        for code in codes {
            #expect(code.text?.count == 8)
            for (name, data) in kept { #expect(code.found(in: data).isEmpty, "\(code.name) is in \(name)") }
            #expect(!code.found(in: daemon.heard).isEmpty, "its emulator has told it")
        }
        var places = kept + [("the answers", daemon.heard)]
        for (name, listener) in zip(["events", "emulators' events"], listeners) {
            let heard = try await listener.end().output
            #expect(heard.range(of: Data("event: ".utf8)) != nil)
            places.append((name, heard))
        }
        for (name, data) in places {
            for canary in canaries { #expect(canary.found(in: data).isEmpty, "\(canary.name) is in \(name)") }
        }
        // The search looks where things are: the customer's name is there.
        let alice = Canary("the customer", "alice")
        for (name, data) in places where name != "s.sqlite" { #expect(!alice.found(in: data).isEmpty, "\(name)") }
    }

    private func choosePassword(_ daemon: RunningDaemon, _ device: String) async throws {
        let approvals = try await daemon.ask("GET", "subscribers/alice/approvals")
        let document = try JSONSerialization.jsonObject(with: approvals.body) as? [String: Any]
        let content = try JSONSerialization.data(withJSONObject: try #require(document?["newPassword"]))
        let begun = try await daemon.ask(
            "POST", "operations",
            #"{"subscriber": "alice", "device": "\#(device)", "content": \#(String(decoding: content, as: UTF8.self))}"#,
            headers: ["Idempotency-Key": "password"])
        let id = try #require(begun.string("id"), "\(begun.text) \(approvals.text)")
        #expect(try await daemon.reaches("succeeded", id))
        let chosen = try await daemon.ask(
            "POST", "subscribers/alice/password", #"{"new": "\#(Self.password)", "approvedBy": "\#(id)"}"#)
        #expect(chosen.status == 204, "\(chosen.text)")
    }

    /// Logs in with each of them; the Scan's code.
    private func signIn(_ daemon: RunningDaemon, _ device: String, _ scan: String) async throws -> String {
        let withCard = try await finish(daemon, begin(daemon, "smartcard"), Self.password, #""attachedDevice": "\#(device)""#)
        #expect(withCard.string("token") != nil, "\(withCard.text)")
        let waiting = try await begin(daemon, "token")
        // Right before it is sent: it is good for a minute at most.
        let token = try TOTP(key: SymmetricKey(data: Self.seed)).code(at: Date())
        let withToken = try await finish(daemon, waiting, Self.password, #""response": {"code": "\#(token)"}"#)
        #expect(withToken.string("token") != nil, "\(withToken.text)")
        let login = try await begin(daemon, "scan")
        let text = try #require(login.string("presentation.text"), "\(login.text)")
        try await daemon.ask("POST", "emulators/\(scan)/look", #"{"text": "\#(text)"}"#, at: .emulators)
        let code = try await shown(daemon, scan)
        let wrong = try await finish(daemon, begin(daemon, "scan"), Self.next, #""response": {"code": "\#(code)"}"#)
        #expect(wrong.status == 401)
        let withScan = try await finish(daemon, login, Self.password, #""response": {"code": "\#(code)"}"#)
        let session = ["Session-Token": try #require(withCard.string("token"))]
        #expect(withScan.string("token") != nil, "\(withScan.text)")
        let offer = try await daemon.ask("POST", "session/secret-image/offer", headers: session)
        let picture = try #require(offer.string("images.0.name"), "\(offer.text)")
        #expect(try await daemon.ask("POST", "session/secret-image", #"{"name": "\#(picture)"}"#, headers: session).status == 204)
        return code
    }

    /// Pays with the phone and with the card; the phone's code.
    private func pay(
        _ daemon: RunningDaemon, _ card: String, _ device: String, _ phone: (id: String, device: String)
    ) async throws -> String {
        let byPhone = try await daemon.pay("alice", with: phone.device)
        let code = try await code(daemon, phone.id, for: byPhone)
        let answered = try await daemon.ask("POST", "operations/\(byPhone)/responses", #"{"code": "\#(code)"}"#)
        #expect(answered.string("state") == "succeeded", "\(answered.text)")
        try await daemon.ask("PUT", "emulators/\(card)/behaviour", #"{"behaviour": "wrongPIN"}"#, at: .emulators)
        let wrong = try await daemon.pay("alice", with: device)
        let hasEnded = try await eventually { try await !["pending", "working"].contains(daemon.state(of: wrong)) }
        #expect(hasEnded)
        try await daemon.ask("PUT", "emulators/\(card)/behaviour", #"{"behaviour": "wait"}"#, at: .emulators)
        let typed = try await daemon.pay("alice", with: device)
        #expect(try await daemon.isAsked(card))
        try await daemon.ask("POST", "emulators/\(card)/pin", Self.cardPIN, at: .emulators, as: "text/plain")
        #expect(try await daemon.reaches("succeeded", typed))
        return code
    }

    private func changePassword(_ daemon: RunningDaemon) async throws {
        let path = "subscribers/alice/password"
        let refused = try await daemon.ask("POST", path, #"{"old": "\#(Self.next)", "new": "\#(Self.next)x"}"#)
        #expect(refused.status >= 400)
        let malformed = try await daemon.ask("POST", path, #"{"old": "\#(Self.password)", "new": "\#(Self.next)", "more": 1}"#)
        #expect(malformed.status >= 400)
        let changed = try await daemon.ask("POST", path, #"{"old": "\#(Self.password)", "new": "\#(Self.next)"}"#)
        #expect(changed.status == 204, "\(changed.text)")
        #expect(try await daemon.ask("POST", "\(path)/check", #"{"password": "\#(Self.next)"}"#).status == 204)
    }
}
