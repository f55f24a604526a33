import Bridge
import Crypto
import Foundation
import HTTPDoor
import Testing
import Verification

@Suite struct AuditRouteTests {
    @Test func `the log is read in pages, and checked against its signed heads`() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let served = try ServedBank(auditKeys: [key.publicKey])
        try await served.admit()
        _ = try await served.bank.audit.anchor(with: key)
        try await served.served(as: [.observer]) { (client) async throws in
            let first = try await client.get("/v1/audit?limit=1")
            #expect(first.string("rows.0.kind") == "created" && first.string("rows.0.subscriber") == "alice")
            let second = try await client.get("/v1/audit?limit=1&cursor=\(try #require(first.string("next")))")
            #expect(second["rows.0.number"] as? Int == 2)
            #expect(second.string("rows.0.kind") == "activated" && second.string("rows.0.device") == "T-alice")
            #expect(try await client.get("/v1/audit/heads")["heads.0.number"] as? Int == 1)
            let report = try await client.get("/v1/audit/check")
            #expect(report["isIntact"] as? Bool == true && report["anchored"] as? Int == report["rows"] as? Int)
        }
    }

    @Test func `signed heads are read in pages, and the last one names no other`() async throws {
        let served = try ServedBank()
        try await served.admit()
        for _ in 1...3 { _ = try await served.bank.audit.anchor(with: Curve25519.Signing.PrivateKey()) }
        try await served.served(as: [.observer]) { (client) async throws in
            let first = try await client.get("/v1/audit/heads?limit=2")
            #expect(first["heads.0.number"] as? Int == 1 && first["heads.1.number"] as? Int == 2 && first["heads.2.number"] == nil)
            let second = try await client.get("/v1/audit/heads?limit=2&cursor=\(try #require(first.string("next")))")
            #expect(second["heads.0.number"] as? Int == 3 && second["heads.1.number"] == nil && second.string("next") == nil)
            #expect(try await client.get("/v1/audit/heads?limit=3").string("next") == nil)
            #expect(try await client.get("/v1/audit/heads?cursor=\(Int64.max)")["heads.0.number"] == nil)
        }
    }

    @Test func `rows say which caller asked, and for which clerk`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served(as: [.administrator]) { (client) async throws in
            for (path, clerk) in [("suspend", "anna.k"), ("resume", nil)] {
                let (body, headers) = (path == "suspend" ? ["reason": "bank"] : nil, clerk.map { ["Acting-Clerk": $0] } ?? [:])
                #expect(try await client.post("/v1/enrolments/T-alice/\(path)", body, headers).status == 200)
            }
            let annas = try await client.get("/v1/audit?clerk=anna.k")
            #expect(annas.string("rows.0.kind") == "suspended" && annas.string("rows.0.clerk") == "anna.k" && annas["rows.1.kind"] == nil)
            let caller = try #require(annas.string("rows.0.caller"))
            let query = try #require(caller.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let all = try await client.get("/v1/audit?caller=\(query)")
            #expect(all.string("rows.1.kind") == "resumed" && all.string("rows.1.caller") == caller)
            #expect(all.string("rows.1.clerk") == nil && all["rows.2.kind"] == nil)
            let before = try await client.get("/v1/audit?kind=created")
            #expect(before.string("rows.0.kind") == "created" && before.string("rows.0.caller") == nil)
        }
    }

    @Test func `a plus in a query stands for the space in a caller's name`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served(as: [.administrator]) { (client) async throws in
            #expect(try await client.post("/v1/enrolments/T-alice/suspend", ["reason": "bank"]).status == 200)
            let caller = try #require(try await client.get("/v1/audit?kind=suspended").string("rows.0.caller"))
            #expect(caller.contains(" "))
            let found = try await client.get("/v1/audit?caller=\(caller.replacing(" ", with: "+"))")
            #expect(found.string("rows.0.kind") == "suspended" && found.string("rows.0.caller") == caller && found["rows.1.kind"] == nil)
        }
    }

    @Test(arguments: ["", "two words", "\u{E9}", String(repeating: "x", count: 65)])
    func `a clerk who cannot be named so stops the request`(_ name: String) async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served(as: [.administrator]) { (client) async throws in
            let answer = try await client.post("/v1/enrolments/T-alice/suspend", ["reason": "bank"], ["Acting-Clerk": name])
            #expect(answer.code == "invalidRequest")
        }
        #expect(try await served.bank.enrolments.enrolments(of: SubscriberID("alice")).map(\.state) == [.active])
    }

    @Test func `a caller whose name has a plus is found by it`() async throws {
        let served = try ServedBank()
        for name in ["token ops+ci", "token ops ci"] {
            try await Requester.$current.withValue(Requester(caller: name)) {
                try await served.bank.audit.record(.configurationChanged, detail: name)
            }
        }
        try await served.served(as: [.observer]) { (client) async throws in
            for (written, name) in [("token+ops%2Bci", "token ops+ci"), ("token%20ops+ci", "token ops ci")] {
                let found = try await client.get("/v1/audit?caller=\(written)")
                #expect(found.string("rows.0.detail") == name && found["rows.1.detail"] == nil)
            }
        }
    }

    @Test func `who only verifies does not read the log`() async throws {
        try await ServedBank().served(as: [.verifier]) { (client) async throws in
            for path in ["/v1/audit", "/v1/audit/heads", "/v1/audit/check"] {
                #expect(try await client.get(path).code == "roleMissing")
            }
        }
    }
}
