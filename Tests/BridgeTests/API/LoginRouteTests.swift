import DeviceProtocol
import Foundation
import HTTPDoor
import Synchronization
import Testing
import Verification

@testable import Bridge

@Suite struct LoginRouteTests {
    private static let wish: [String: any Sendable] = ["user": "alice", "product": "token", "place": "Luxembourg", "browser": "Firefox"]

    /// Begins a login and ends it.
    private func logIn(
        _ client: BankClient, as user: String = "alice", password: String = ServedBank.password, code: String
    ) async throws -> BankClient.Answer {
        let begun = try await client.post("/v1/logins", Self.wish.merging(["user": user]) { $1 })
        #expect(begun.status == 201)
        let id = try #require(begun.string("id"))
        return try await client.post(
            "/v1/logins/\(id)/finish", ["user": user, "password": password, "response": ["code": code]])
    }

    @Test func `a person logs in with password and code, goes on and out`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let opened = try await logIn(client, code: try token.code(at: served.clock.now))
            #expect(opened.status == 201)
            #expect(opened.string("evidence.binding") == "operation")
            let session = ["Session-Token": try #require(opened.string("token"))]
            #expect(try await client.send("POST", "/v1/session", nil, session).string("subscriber") == "alice")
            #expect(try await client.send("DELETE", "/v1/session", nil, session).status == 204)
            let over = try await client.get("/v1/session", session)
            #expect(over.status == 401 && over.code == "sessionOver")
        }
    }

    @Test func `looking at a session does not keep it alive, going on does`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let opened = try await logIn(client, code: try token.code(at: served.clock.now))
            let session = ["Session-Token": try #require(opened.string("token"))]
            served.clock.advance(by: 200)
            let seen = try await client.get("/v1/session", session)
            #expect(seen.status == 200 && seen.string("subscriber") == "alice")
            let kept = try await client.send("POST", "/v1/session", nil, session)
            #expect(kept.string("endsAt") != seen.string("endsAt"))
            for _ in 0..<2 {
                served.clock.advance(by: 149)
                #expect(try await client.get("/v1/session", session).string("endsAt") == kept.string("endsAt"))
            }
            served.clock.advance(by: 2)
            #expect(try await client.get("/v1/session", session).code == "sessionOver")
        }
    }

    @Test func `four reasons to refuse a login are one answer, to the byte`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        let other = try await served.admit("blocked")
        try await served.served { (client) async throws in
            func now() -> Date { served.clock.now }
            for _ in 0..<5 { _ = try await logIn(client, as: "blocked", password: "wrong", code: try other.wrongCode(at: now())) }
            let blocked = try await logIn(client, as: "blocked", code: try other.code(at: now()))
            let unknown = try await logIn(client, as: "nobody", code: "123456")
            let wrongCode = try await logIn(client, code: try token.wrongCode(at: now()))
            let wrongPassword = try await logIn(client, password: "Wr0ng-one", code: try token.code(at: now()))
            #expect(blocked.status == 401 && blocked.code == "refused")
            #expect(unknown.withoutDate == blocked.withoutDate)
            #expect(wrongCode.withoutDate == blocked.withoutDate)
            #expect(wrongPassword.withoutDate == blocked.withoutDate)
        }
    }

    @Test func `who is not there is shown what is shown to customers`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let known = try await client.post("/v1/logins", Self.wish)
            let unknown = try await client.post("/v1/logins", Self.wish.merging(["user": "nobody"]) { $1 })
            #expect(known.string("presentation.form") == "nothing" && unknown.string("presentation.form") == "nothing")
            #expect(known.string("secretImage.png")?.hasPrefix("iVBOR") == true)
            #expect(unknown.string("secretImage.png")?.hasPrefix("iVBOR") == true)
            let scan = try await client.post("/v1/logins", Self.wish.merging(["user": "nobody", "product": "scan"]) { $1 })
            #expect(scan.string("presentation.text")?.hasPrefix("SC1:") == true)
            #expect(scan.string("qr.svg")?.contains("<svg") == true && scan.string("qr.png")?.hasPrefix("iVBOR") == true)
        }
    }

    @Test func `an attached device answers once for a login, also for nobody's`() async throws {
        let device = AnsweringDevice()
        let served = try ServedBank(attached: device)
        let token = try await served.admit()
        device.code.withLock { $0 = (try? token.code(at: served.clock.now)) ?? "" }
        try await served.served(as: Set(Role.allCases)) { (client) async throws in
            let id = try #require(try await client.post("/v1/logins", Self.wish).string("id"))
            let finish: [String: any Sendable] = ["user": "alice", "password": ServedBank.password, "attachedDevice": "T-alice"]
            #expect(try await client.post("/v1/logins/\(id)/finish", finish).status == 201)
            let again = try await client.post("/v1/logins/\(id)/finish", finish)
            #expect(again.status == 409 && again.code == "noSuchLogin")

            let stranger = try #require(
                try await client.post("/v1/logins", Self.wish.merging(["user": "nobody"]) { $1 }).string("id"))
            let refused = try await client.post("/v1/logins/\(stranger)/finish", finish.merging(["user": "nobody"]) { $1 })
            #expect(refused.status == 401 && refused.code == "refused")
            #expect(device.asked.withLock { $0 } == ["T-alice", "T-alice"])

            let gone = try #require(try await client.post("/v1/logins", Self.wish).string("id"))
            let removed = try await client.post("/v1/logins/\(gone)/finish", finish.merging(["attachedDevice": "gone"]) { $1 })
            #expect(removed.status == 409 && removed.code == "removed")
        }
    }

    @Test func `who may not use devices has no attached one answer a login`() async throws {
        let device = AnsweringDevice()
        let served = try ServedBank(attached: device)
        try await served.admit()
        try await served.served(as: [.verifier]) { (client) async throws in
            let id = try #require(try await client.post("/v1/logins", Self.wish).string("id"))
            let finish: [String: any Sendable] = ["user": "alice", "password": ServedBank.password, "attachedDevice": "T-alice"]
            let refused = try await client.post("/v1/logins/\(id)/finish", finish)
            #expect(refused.status == 403 && refused.code == "roleMissing")
            #expect(device.asked.withLock { $0 }.isEmpty)
        }
    }

    @Test(arguments: ["alice", "nobody"])
    func `a device that another program holds is asked again by the very same request`(user: String) async throws {
        let device = AnsweringDevice()
        let served = try ServedBank(attached: device)
        let token = try await served.admit()
        device.code.withLock { $0 = (try? token.code(at: served.clock.now)) ?? "" }
        try await served.served(as: Set(Role.allCases)) { (client) async throws in
            let id = try #require(try await client.post("/v1/logins", Self.wish.merging(["user": user]) { $1 }).string("id"))
            let finish: [String: any Sendable] = ["user": user, "password": ServedBank.password, "attachedDevice": "T-alice"]
            device.isHeld.withLock { $0 = true }
            for _ in 0..<2 {
                let held = try await client.post("/v1/logins/\(id)/finish", finish)
                #expect(held.status == 409 && held.code == "heldByAnotherProgram" && held["retryable"] as? Bool == true)
                #expect(held.string("holder") == "browser (7)")
            }
            device.isHeld.withLock { $0 = false }
            #expect(try await client.post("/v1/logins/\(id)/finish", finish).status == (user == "alice" ? 201 : 401))
        }
    }

    @Test func `the request whose answer was lost does not count when it is repeated`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let id = try #require(try await client.post("/v1/logins", Self.wish).string("id"))
            let finish: [String: any Sendable] = [
                "user": "alice", "password": ServedBank.password, "response": ["code": try token.code(at: served.clock.now)],
            ]
            #expect(try await client.post("/v1/logins/\(id)/finish", finish).status == 201)
            for _ in 0..<6 {
                let again = try await client.post("/v1/logins/\(id)/finish", finish)
                #expect(again.status == 409 && again.code == "ended")
            }
            #expect(try await client.get("/v1/subscribers/alice")["failures"] as? Int == 0)
        }
    }

    @Test func `a login is for who may verify`() async throws {
        try await ServedBank().served(as: [.observer]) { (client) async throws in
            let refused = try await client.post("/v1/logins", Self.wish)
            #expect(refused.status == 403 && refused.code == "roleMissing")
        }
    }

    @Test func `a login with marks without end is refused, and so is such a member of a request that has no body`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let marks = "e" + String(repeating: "\u{301}\u{323}", count: 100_000)
            for member in ["place", "browser", "user", "product", "name"] {
                let refused = try await client.post("/v1/logins", Self.wish.merging([member: marks]) { $1 })
                #expect(refused.status == 400 && refused.code == "invalidRequest", "\(member)")
            }
            for path in ["/healthz", "/v1/products"] {
                let refused = try await client.send("GET", path, Data(#"{"\#(marks)":1}"#.utf8))
                #expect(refused.status == 400 && refused.code == "unknownMember", "\(path)")
            }
            let query = String(repeating: "%CC%81%CC%A3", count: 600)
            for path in ["/v1/subscribers?prefix=\(query)", "/v1/subscribers?\(query)=1"] {
                let refused = try await client.get(path)
                #expect(refused.status == 400 && refused.code == "invalidRequest")
            }
            // Shorter, it is the field that refuses it.
            let short = "e" + String(repeating: "\u{301}\u{323}", count: 400)
            let refused = try await client.post("/v1/logins", Self.wish.merging(["place": short]) { $1 })
            #expect(refused.status == 422 && refused.code == "tooLong")
        }
    }

    @Test func `what no page holds once it is composed, and what ends in U+0000, is a wrong password like any other`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let wrong = try await logIn(client, password: "Wr0ng-one", code: try token.code(at: served.clock.now))
            let expanding = String(repeating: "\u{1D160}", count: 1_024)
            for password in [expanding, "\(ServedBank.password)\u{0}", "\(ServedBank.password)\u{0}\u{0}"] {
                served.clock.advance(by: 30)
                let refused = try await logIn(client, password: password, code: try token.code(at: served.clock.now))
                #expect(refused.status == 401 && refused.withoutDate == wrong.withoutDate)
            }
            served.clock.advance(by: 30)
            #expect(try await logIn(client, code: try token.code(at: served.clock.now)).status == 201)
        }
    }
}

/// An attached device that answers with the code that it was told.
private final class AnsweringDevice: AttachedAnswers {
    let code = Mutex("")
    let asked = Mutex<[String]>([])
    let isHeld = Mutex(false)

    func answer(
        _ presentation: Presentation, for id: ChallengeID?, on device: DeviceID, by caller: Caller
    ) async throws(DeviceError) -> DeviceProtocol.Response {
        guard device.rawValue != "gone" else { throw DeviceError(.removed, device.rawValue) }
        guard !isHeld.withLock({ $0 }) else { throw DeviceError(.heldByAnotherProgram, device.rawValue, detail: "browser (7)") }
        asked.withLock { $0.append(device.rawValue) }
        return .code(code.withLock { $0 })
    }
}
