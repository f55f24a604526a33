import Bridge
import DeviceProtocol
import Foundation
import HTTPDoor
import Secrets
import Testing
import Verification

/// Who looks for somebody, for some devices, for what happened to them.
@Suite struct ListRouteTests {
    /// What an answer's list has under a name.
    private static func all(_ list: String, _ name: String, in answer: BankClient.Answer) -> [String] {
        (answer[list] as? [[String: Any]] ?? []).compactMap { $0[name] as? String }
    }

    @Test func `customers are listed by name in pages, and those who are blocked`() async throws {
        let served = try ServedBank()
        for name in ["bob", "anna", "ann"] { try await served.bank.subscribers.create(SubscriberID(name)) }
        let bob = try SubscriberID("bob")
        for _ in 0..<5 { try? await served.bank.subscribers.confirm(HeldSecret(SecretBytes.copying("wrong".utf8)), of: bob) }
        try await served.served(as: [.observer]) { (client) async throws in
            let first = try await client.get("/v1/subscribers?limit=2")
            #expect(Self.all("subscribers", "id", in: first) == ["ann", "anna"] && first.string("next") == "anna")
            let second = try await client.get("/v1/subscribers?limit=2&cursor=anna")
            #expect(Self.all("subscribers", "id", in: second) == ["bob"] && second.string("next") == nil)
            #expect(second["subscribers.0.isBlocked"] as? Bool == true && second.string("subscribers.0.blockedUntil") != nil)
            #expect(try await Self.all("subscribers", "id", in: client.get("/v1/subscribers?prefix=an")) == ["ann", "anna"])
            #expect(try await Self.all("subscribers", "id", in: client.get("/v1/subscribers?blocked=true")) == ["bob"])
            #expect(try await Self.all("subscribers", "id", in: client.get("/v1/subscribers?blocked=false")) == ["ann", "anna"])
            #expect(try await client.get("/v1/subscribers?blocked=yes").code == "invalidRequest")
            #expect(try await client.get("/v1/subscribers?prefix=").code == "invalidIdentifier")
            #expect(try await client.get("/v1/subscribers?cursor=two%20words").code == "invalidIdentifier")
            #expect(try await client.get("/v1/subscribers?limit=101").code == "invalidRequest")
        }
        try await ServedBank().served(as: [.verifier]) { (client) async throws in
            for path in ["/v1/subscribers", "/v1/enrolments"] { #expect(try await client.get(path).code == "roleMissing") }
        }
    }

    @Test func `devices of everybody are listed as they stand now`() async throws {
        let served = try ServedBank()
        for name in ["alice", "bob"] { _ = try await served.enrolToken("T-\(name)", for: SubscriberID(name)) }
        try await served.bank.enrolments.suspend(DeviceID("T-bob"), by: .bank)
        try await served.served(as: [.observer]) { (client) async throws in
            func devices(_ query: String) async throws -> [String] {
                try await Self.all("enrolments", "device", in: client.get("/v1/enrolments\(query)")).sorted()
            }
            #expect(try await devices("") == ["T-alice", "T-bob"])
            #expect(try await devices("?state=suspended") == ["T-bob"])
            #expect(try await devices("?product=token") == ["T-alice", "T-bob"])
            #expect(try await devices("?product=scan&state=suspended") == [])
            #expect(try await devices("?endsBefore=2027-06-01T00:00:00Z") == [])
            #expect(try await devices("?endsBefore=2999-01-01T00:00:00Z&state=active") == ["T-alice"])
            let first = try await client.get("/v1/enrolments?limit=1")
            let second = try await client.get("/v1/enrolments?limit=1&cursor=\(try #require(first.string("next")))")
            #expect(second.string("next") == nil)
            #expect(Set([first, second].compactMap { $0.string("enrolments.0.device") }) == ["T-alice", "T-bob"])
            for (query, code) in [
                ("state=asleep", "invalidRequest"), ("product=abacus", "unknownProduct"), ("endsBefore=soon", "invalidRequest"),
                ("endsBefore=2027-02-30T00:00:00Z", "invalidRequest"), ("cursor=", "invalidIdentifier"),
            ] {
                #expect(try await client.get("/v1/enrolments?\(query)").code == code, "\(query)")
            }
        }
    }

    @Test func `rows of the audit log are found by what they are about`() async throws {
        let served = try ServedBank()
        try await served.admit("alice")
        try await served.admit("bob")
        let rows = try await served.bank.audit.rows()
        let operation = try #require(rows.compactMap(\.operation).first).lowercaseHexadecimal
        try await served.served(as: [.observer]) { (client) async throws in
            func found(_ query: String) async throws -> BankClient.Answer { try await client.get("/v1/audit?\(query)") }
            let alices = try await Self.all("rows", "subscriber", in: found("subscriber=alice"))
            #expect(alices.count == rows.count { $0.person?.subscriber == "alice" } && Set(alices) == ["alice"])
            let bobs = try await Self.all("rows", "device", in: found("device=T-bob"))
            #expect(!bobs.isEmpty && Set(bobs) == ["T-bob"])
            let ones = try await Self.all("rows", "operation", in: found("operation=\(operation)"))
            #expect(!ones.isEmpty && Set(ones) == [operation])
            let activated = try await found("kind=activated&limit=1")
            #expect(activated.string("rows.0.device") == "T-alice")
            let next = try #require(activated.string("next"))
            let last = try await found("kind=activated&limit=1&cursor=\(next)")
            #expect(last.string("rows.0.device") == "T-bob" && last.string("next") == nil)
            let changed = try await Self.all("rows", "kind", in: found("kind=configuration-changed"))
            #expect(!changed.isEmpty && Set(changed) == ["configuration changed"])
            #expect(try await Self.all("rows", "kind", in: found("kind=configuration%20changed")) == changed)
            #expect(try await Self.all("rows", "kind", in: found("since=2027-01-15T08:00:00Z")).count == rows.count)
            #expect(try await Self.all("rows", "kind", in: found("since=2999-01-01T00:00:00Z")).isEmpty)
            #expect(try await Self.all("rows", "kind", in: found("subscriber=alice&device=T-bob")).isEmpty)
            for (query, code) in [
                ("kind=Refused", "invalidRequest"), ("since=noon", "invalidRequest"), ("operation=ab", "invalidIdentifier"),
                ("subscriber=two%20words", "invalidIdentifier"), ("device=", "invalidIdentifier"), ("person=alice", "invalidRequest"),
                ("caller=%00", "invalidRequest"), ("caller=", "invalidRequest"), ("clerk=two%20words", "invalidRequest"),
                ("clerk=", "invalidRequest"),
            ] {
                #expect(try await found(query).code == code, "\(query)")
            }
        }
    }
}
