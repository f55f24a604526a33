import Crypto
import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import Secrets
import ServiceLifecycle
import TestSupport
import Testing
import Verification

@testable import Bridge

/// Several callers, each with a token of its own: what one of them may not do to an operation of another.
@Suite(.timeLimit(.minutes(5))) struct OperationAccessTests {
    private static let payment: [String: any Sendable] = [
        "kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR", "payee": "Anna",
    ]
    private static let callers: [(name: String, roles: Set<Role>)] = [
        ("agent", [.deviceUser]), ("stranger", [.deviceUser]), ("core", [.verifier]), ("bank", [.verifier, .deviceUser]),
        ("helpdesk", [.administrator]),
    ]
    let world: TestWorld
    let daemon: TestDaemon
    let device: DeviceID

    init() async throws {
        world = try TestWorld()
        device = try await world.enrolCard().id
        daemon = try TestDaemon(world)
        #expect(await daemon.isReady(device))
    }

    private func open(_ body: @escaping @Sendable (Callers) async throws -> Void) async throws {
        let routes = Router(context: DoorContext.self)
        OperationRoutes(daemon.bank, runner: daemon.runner, feed: daemon.feed).add(to: routes)
        let tokens = try Self.callers.map {
            try BearerToken($0.name, secret: .copying(Callers.secret(of: $0.name).utf8), roles: $0.roles)
        }
        let (opened, told) = AsyncStream.makeStream(of: DoorAddress.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let door = Door(routes, at: .loopback(LoopbackPlace(port: 0, tokens: tokens)), logger: logger) { told.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await door.run() }
            var iterator = opened.makeAsyncIterator()
            let address = try #require(await iterator.next())
            try await body(Callers(address: "\(address)"))
            group.cancelAll()
        }
    }

    private func wish(_ change: [String: any Sendable] = [:]) -> [String: any Sendable] {
        let wish: [String: any Sendable] = ["subscriber": "alice", "device": device.rawValue, "content": Self.payment]
        return wish.merging(change) { $1 }
    }

    private func failures() async throws -> Int { try #require(try await daemon.bank.enrolments.enrolment(of: device)).failures }

    @Test func `what a card is signing takes no answer from anybody else, and no failure is counted`() async throws {
        try await open { [daemon] callers in
            let id = try #require(try await callers.post("agent", "/v1/operations", wish()).string("id"))
            let challenge = try #require(ChallengeID(text: id))
            // After a wrong PIN the operation is claimed, and the person is asked again.
            daemon.person.answer(.pin("999999"))
            #expect(await eventually { daemon.prompt(of: challenge)?.previousWasWrong == true })
            #expect(try await daemon.state(of: challenge) == .working)
            let path = "/v1/operations/\(id)"
            let junk: [String: any Sendable] = ["signature": "AAAA", "certificates": ["AAAA"]]
            for caller in ["stranger", "core", "bank"] {
                let refused = try await callers.post(caller, "\(path)/responses", junk)
                #expect(refused.status == 403 && refused.code == (caller == "stranger" ? "roleMissing" : "foreignOperation"), "\(caller)")
                #expect(try await callers.post(caller, "\(path)/cancel").code == "foreignOperation", "\(caller)")
            }
            let busy = try await callers.post("helpdesk", "\(path)/responses", junk)
            #expect(busy.status == 409 && busy.code == "working")
            #expect(try await callers.post("helpdesk", "\(path)/responses", ["code": "1"]).code == "working")
            #expect(try await failures() == 0)
            daemon.person.answer(.pin(TestWorld.pin))
            #expect(try await daemon.ends(challenge, as: "succeeded"))
        }
    }

    @Test func `at the PIN prompt only the caller answers and cancels, and a code for a card counts nothing`() async throws {
        try await open { [daemon] callers in
            let id = try #require(try await callers.post("agent", "/v1/operations", wish()).string("id"))
            let challenge = try #require(ChallengeID(text: id))
            #expect(await daemon.isAsked(.enterPIN, for: challenge))
            let path = "/v1/operations/\(id)"
            for _ in 0..<5 { #expect(try await callers.post("bank", "\(path)/responses", ["code": "1"]).code == "foreignOperation") }
            let misfit = try await callers.post("helpdesk", "\(path)/responses", ["code": "1"])
            #expect(misfit.status == 422 && misfit.code == "otherAnswerWanted")
            #expect(try await failures() == 0)
            #expect(try await daemon.state(of: challenge) == .pending)
            #expect(try await callers.post("stranger", "\(path)/cancel").status == 403)
            let cancelled = try await callers.post("helpdesk", "\(path)/cancel")
            #expect(cancelled.status == 200 && cancelled.string("state") == "cancelled")
        }
    }

    @Test func `who only uses devices begins no approval of a password, signs as nobody and sees no secret image`() async throws {
        try await open { [world] callers in
            let approval = ["kind": "activation", "product": "New password", "device": "alice"]
            let login = ["kind": "login", "place": "Luxembourg", "browser": "Firefox"]
            let role: [String: any Sendable] = ["rule": "Board", "role": "Director", "number": 1, "of": 2]
            for change: [String: any Sendable] in [["content": approval], ["content": login], ["role": role]] {
                let refused = try await callers.post("agent", "/v1/operations", wish(change))
                #expect(refused.status == 403 && refused.code == "roleMissing")
                #expect(try await callers.post("core", "/v1/operations", wish(change)).status == 202)
            }
            // What they begin waits for a device and is theirs, also where the device is not there.
            world.readers.detach("Reader 00")
            let own = try await callers.post("agent", "/v1/operations", wish())
            #expect(own["isAttached"] as? Bool == true)
            let picture = try await callers.ask("agent", "GET", "/v1/operations/\(own.string("id") ?? "")/secret-image.png")
            #expect(picture.status == 403 && picture.code == "roleMissing")
        }
    }

    @Test func `who only uses devices gives no answer that counts against a person, and vouches for no payee`() async throws {
        let token = try DeviceID("T-1")
        var random = SystemRandomNumberGenerator()
        try await daemon.bank.enrolments.enrol(
            token, as: .token, for: world.alice, with: .seed(SymmetricKey(size: .bits256)), id: EnrolmentID(using: &random),
            isEmulated: true)
        try await open { [daemon] callers in
            let attempt = try await callers.post("agent", "/v1/operations", wish(["device": token.rawValue]))
            #expect(attempt.status == 403 && attempt.code == "roleMissing")
            #expect(try await callers.post("core", "/v1/operations", wish(["device": token.rawValue])).status == 202)
            #expect(try await callers.post("agent", "/v1/operations", wish(["device": "nobody-1"])).code == "noSuchDevice")
            // On its own operation, while it waits for the PIN.
            let own = try #require(try await callers.post("agent", "/v1/operations", wish()).string("id"))
            #expect(await daemon.isAsked(.enterPIN, for: try #require(ChallengeID(text: own))))
            let junk: [String: any Sendable] = ["signature": "AAAA", "certificates": ["AAAA"]]
            #expect(try await callers.post("agent", "/v1/operations/\(own)/responses", junk).code == "roleMissing")
            #expect(try await callers.post("agent", "/v1/operations/\(own)/cancel").string("state") == "cancelled")
            let payment: [String: any Sendable] = ["iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR", "payee": "Anna"]
            let batch: [String: any Sendable] = [
                "kind": "batch", "payeesAreTrusted": true, "payments": Array(repeating: payment, count: 5),
            ]
            #expect(try await callers.post("agent", "/v1/operations", wish(["content": batch])).code == "roleMissing")
            #expect(try await callers.post("bank", "/v1/operations", wish(["content": batch])).status == 202)
            #expect(try await failures() == 0)
        }
    }

    @Test func `what is never attached waits for nobody, and stays the verifiers'`() async throws {
        let token = try DeviceID("T-1")
        var random = SystemRandomNumberGenerator()
        try await daemon.bank.enrolments.enrol(
            token, as: .token, for: world.alice, with: .seed(SymmetricKey(size: .bits256)), id: EnrolmentID(using: &random),
            isEmulated: true)
        try await open { callers in
            let begun = try await callers.post("core", "/v1/operations", wish(["device": token.rawValue]))
            let path = "/v1/operations/\(begun.string("id") ?? "")"
            for body: [String: any Sendable] in [[:], ["lease": 2]] {
                let refused = try await callers.post("bank", "\(path)/attach", body)
                #expect(refused.status == 409 && refused.code == "neverAttached")
            }
            let leased = try await callers.post("bank", "/v1/operations", wish(["device": token.rawValue, "lease": 3]))
            #expect(leased.status == 409 && leased.code == "neverAttached")
            let seen = try await callers.ask("core", "GET", path)
            #expect(seen["isAttached"] as? Bool == false && seen["prompt"] == nil)
            #expect(try await callers.post("core", "\(path)/cancel").string("state") == "cancelled")
        }
    }

    @Test func `a query or a body that nobody reads is refused`() async throws {
        try await open { callers in
            let id = try #require(try await callers.post("core", "/v1/operations", wish()).string("id"))
            #expect(try await callers.ask("core", "GET", "/v1/operations/\(id)?wiat=10").code == "invalidRequest")
            #expect(try await callers.ask("core", "GET", "/v1/operations/\(id)/qr.svg?size=4").code == "invalidRequest")
            let body = try await callers.post("bank", "/v1/operations/\(id)/lease", ["lease": 600])
            #expect(body.status == 400 && body.code == "unknownMember")
            #expect(try await callers.ask("bank", "POST", "/v1/operations/\(id)/lease", Data("{".utf8)).status == 400)
            #expect(try await callers.post("bank", "/v1/operations/\(id)/lease").string("id") == id, "an empty object says nothing")
        }
    }

    @Test func `an operation that waits for no device is the verifiers'`() async throws {
        try await open { callers in
            let begun = try await callers.post("core", "/v1/operations", wish())
            #expect(begun["isAttached"] as? Bool == false)
            let path = "/v1/operations/\(begun.string("id") ?? "")"
            for way in ["responses", "cancel", "attach"] {
                let refused = try await callers.post("stranger", "\(path)/\(way)", way == "responses" ? ["code": "1"] : [:])
                #expect(refused.status == 403 && refused.code == (way == "responses" ? "roleMissing" : "foreignOperation"), "\(way)")
            }
            #expect(try await callers.ask("stranger", "GET", "\(path)/qr.svg").code == "foreignOperation")
            #expect(try await callers.post("bank", "\(path)/attach")["isAttached"] as? Bool == true)
            #expect(try await callers.post("bank", "\(path)/cancel").string("state") == "cancelled")
        }
    }

    @Test func `each signature is written down for the caller who waits for it`() async throws {
        var begun: [ChallengeID: String] = [:]
        for name in ["token core", "token branch"] {
            let id = try await Requester.$current.withValue(Requester(caller: name)) {
                try await daemon.begin(on: device, by: Caller(name, roles: [.deviceUser]))
            }
            begun[id] = name
        }
        // The second comes to its turn in the task of the first.
        for _ in begun { daemon.person.answer(.pin(TestWorld.pin)) }
        for id in begun.keys { #expect(try await daemon.ends(id, as: "succeeded")) }
        let rows = try await daemon.bank.audit.rows().filter { $0.kind == .accepted }
        #expect(rows.count == 2)
        for row in rows { #expect(try row.requester?.caller == begun[ChallengeID(#require(row.operation))]) }
    }

    @Test func `what is attached later is written down for the caller who attached it, and for their clerk`() async throws {
        try await open { [daemon] callers in
            let begun = try await callers.post("core", "/v1/operations", wish(), clerk: "bob.m")
            #expect(begun["isAttached"] as? Bool == false)
            let id = try #require(begun.string("id"))
            let attached = try await callers.post("bank", "/v1/operations/\(id)/attach", clerk: "anna.k")
            #expect(attached["isAttached"] as? Bool == true)
            daemon.person.answer(.pin(TestWorld.pin))
            let challenge = try #require(ChallengeID(text: id))
            #expect(try await daemon.ends(challenge, as: "succeeded"))
            let accepted = try await daemon.bank.audit.rows().filter { $0.kind == .accepted }
            #expect(accepted.map(\.requester) == [Requester(caller: "token bank", clerk: "anna.k")])
        }
    }

    @Test func `a login's operation ends with its password, and nowhere else`() async throws {
        let login = try Login(place: "Luxembourg", browser: "Firefox")
        let attempt = try await daemon.bank.logins.begin(as: "alice", with: .smartcard, login: login)
        try await open { [daemon] callers in
            let path = "/v1/operations/\(attempt.id)"
            let junk: [String: any Sendable] = ["signature": "AAAA", "certificates": ["AAAA"]]
            for (way, body) in [("responses", junk), ("attach", [:])] {
                let refused = try await callers.post("bank", "\(path)/\(way)", body)
                #expect(refused.status == 409 && refused.code == "belongsToLogin", "\(way)")
                #expect(try await callers.post("stranger", "\(path)/\(way)", body).status == 403, "\(way)")
            }
            #expect(try await callers.post("stranger", "\(path)/cancel").status == 403)
            #expect(try await daemon.state(of: attempt.id) == .pending)
            #expect(try await callers.post("core", "\(path)/cancel").string("state") == "cancelled")
        }
    }
}

/// Callers of one door on loopback, by the names of their tokens.
private struct Callers: Sendable {
    let address: String

    static func secret(of name: String) -> String { "\(name)-" + String(repeating: "0123456789abcdef", count: 2) }

    struct Answer: @unchecked Sendable {
        let status: Int
        let object: [String: Any]
        var code: String? { string("code") }

        subscript(name: String) -> Any? { object[name] }
        func string(_ name: String) -> String? { object[name] as? String }
    }

    func post(_ caller: String, _ path: String, _ body: [String: any Sendable] = [:], clerk: String? = nil) async throws -> Answer {
        try await ask(caller, "POST", path, try JSONSerialization.data(withJSONObject: body), clerk: clerk)
    }

    func ask(_ caller: String, _ method: String, _ path: String, _ body: Data? = nil, clerk: String? = nil) async throws -> Answer {
        var arguments = ["-s", "--max-time", "90", "-X", method, "-w", "\n%{http_code}"]
        for header in ["Authorization: Bearer \(Self.secret(of: caller))", "Idempotency-Key: \(UUID().uuidString)"] {
            arguments += ["-H", header]
        }
        if let clerk { arguments += ["-H", "Acting-Clerk: \(clerk)"] }
        if body != nil { arguments += ["-H", "Content-Type: application/json", "--data-binary", "@-"] }
        let outcome = try await ChildProgram.run("curl", arguments + ["http://\(address)\(path)"], input: body ?? Data())
        let lines = outcome.text.split(separator: "\n")
        let object = try? JSONSerialization.jsonObject(with: Data((lines.first ?? "").utf8)) as? [String: Any]
        return Answer(status: lines.last.flatMap { Int($0) } ?? 0, object: object ?? [:])
    }
}
