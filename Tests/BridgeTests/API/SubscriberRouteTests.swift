import Foundation
import HTTPDoor
import Testing
import Verification

@Suite struct SubscriberRouteTests {
    @Test func `a customer is created once`() async throws {
        try await ServedBank().served { (client) async throws in
            let made = try await client.post("/v1/subscribers", ["id": "anna+1"])
            #expect(made.status == 201 && made.header("location") == "/v1/subscribers/anna%2B1")
            #expect(try await client.get("/v1/subscribers/anna%2B1")["hasPassword"] as? Bool == false)
            let again = try await client.post("/v1/subscribers", ["id": "anna+1"])
            #expect(again.status == 409 && again.code == "alreadyExists")
            let nobody = try await client.get("/v1/subscribers/nobody")
            #expect(nobody.status == 404 && nobody.code == "noSuchSubscriber")
            let unsuitable = try await client.post("/v1/subscribers", ["id": "anna b"])
            #expect(unsuitable.status == 422 && unsuitable.code == "invalidIdentifier")
        }
    }

    @Test(arguments: ["..", ".", "a/b", #"a\b"#])
    func `a name that no path can hold is not given`(name: String) async throws {
        try await ServedBank().served { (client) async throws in
            let refused = try await client.post("/v1/subscribers", ["id": name])
            #expect(refused.status == 422 && refused.code == "invalidIdentifier")
        }
    }

    @Test func `the old password makes way for a new one, and a wrong one counts`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let path = "/v1/subscribers/alice/password"
            let wrong = try await client.post(path, ["old": "wrong", "new": "N3w-pass"])
            #expect(wrong.status == 401 && wrong.code == "refused")
            let weak = try await client.post(path, ["old": ServedBank.password, "new": "short"])
            #expect(weak.status == 422 && weak.code == "unsuitablePassword")
            #expect(try await client.post(path, ["old": ServedBank.password, "new": "N3w-päss"]).status == 204)
            #expect(try await client.post("\(path)/check", ["password": "N3w-päss"]).status == 204)
            #expect(try await client.post("\(path)/check", ["password": ServedBank.password]).code == "refused")
            #expect(try await client.get("/v1/subscribers/alice")["failures"] as? Int == 1)
        }
    }

    @Test func `questions are asked, and their answers checked without case`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let questions = (1...3).map { ["question": "Pet \($0)?", "answer": "Cat \($0)"] }
            #expect(
                try await client.send(
                    "PUT", "/v1/subscribers/alice/questions",
                    JSONSerialization.data(withJSONObject: ["questions": questions])
                ).status == 204)
            #expect(try await client.get("/v1/subscribers/alice")["questions"] as? [String] == ["Pet 1?", "Pet 2?", "Pet 3?"])
            let path = "/v1/subscribers/alice/questions/check"
            #expect(try await client.post(path, ["answers": (1...3).map { ["answer": "CAT \($0)"] }]).status == 204)
            #expect(try await client.post(path, ["answers": [["answer": "dog"]]]).code == "refused")
        }
    }

    @Test func `the helpdesk's code lets a blocked person in again`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            for _ in 0..<5 { _ = try await client.post("/v1/subscribers/alice/password/check", ["password": "wrong"]) }
            #expect(try await client.get("/v1/subscribers/alice")["isBlocked"] as? Bool == true)
            let code = try #require(try await client.post("/v1/subscribers/alice/helpdesk-code").string("code"))
            #expect(code.count == 8)
            #expect(try await client.post("/v1/subscribers/alice/unblock", ["helpdeskCode": "x"]).code == "refused")
            #expect(try await client.post("/v1/subscribers/alice/unblock", ["helpdeskCode": code]).status == 204)
            #expect(try await client.get("/v1/subscribers/alice")["isBlocked"] as? Bool == false)
            let kinds = try await client.get("/v1/subscribers/alice/notices")["notices"] as? [[String: Any]]
            #expect(
                kinds?.compactMap { $0["kind"] as? String }
                    == ["deviceIdentified", "passwordChanged", "personBlocked", "personUnblocked"])
        }
    }

    @Test func `pages follow each other by their cursor`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            #expect(try await client.post("/v1/subscribers", ["id": "bob"]).status == 201)
            for _ in 0..<2 { #expect(try await client.post("/v1/subscribers/bob/initial-password").status == 201) }
            let first = try await client.get("/v1/notices?limit=3")
            #expect((first["notices"] as? [Any])?.count == 3)
            let next = try #require(first.string("next"))
            let second = try await client.get("/v1/notices?limit=3&cursor=\(next)")
            #expect(second.string("notices.0.kind") == "initialPasswordSent" && second["next"] == nil)
            #expect(try await client.get("/v1/notices?limit=0").code == "invalidRequest")
            #expect(try await client.get("/v1/notices?limt=1").code == "invalidRequest")
        }
    }

    @Test func `who has chosen a password gets no initial one`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served { (client) async throws in
            let refused = try await client.post("/v1/subscribers/alice/initial-password")
            #expect(refused.status == 409 && refused.code == "hasPassword")
        }
    }

    @Test func `an observer looks and changes nothing`() async throws {
        let served = try ServedBank()
        try await served.admit()
        try await served.served(as: [.observer]) { (client) async throws in
            #expect(try await client.get("/v1/subscribers/alice").status == 200)
            #expect(try await client.post("/v1/subscribers", ["id": "bob"]).code == "roleMissing")
            #expect(try await client.post("/v1/subscribers/alice/initial-password").code == "roleMissing")
        }
    }
}
