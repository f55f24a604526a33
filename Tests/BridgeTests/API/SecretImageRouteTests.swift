import Bridge
import Foundation
import HTTPDoor
import Testing
import Verification

@Suite struct SecretImageRouteTests {
    @Test func `nine pictures are offered, one is chosen, and shown at the next login`() async throws {
        let served = try ServedBank()
        let token = try await served.admit()
        try await served.served { (client) async throws in
            let wish: [String: any Sendable] = ["user": "alice", "product": "token", "place": "", "browser": ""]
            let id = try #require(try await client.post("/v1/logins", wish).string("id"))
            let opened = try await client.post(
                "/v1/logins/\(id)/finish",
                ["user": "alice", "password": ServedBank.password, "response": ["code": try token.code(at: served.clock.now)]])
            let session = ["Session-Token": try #require(opened.string("token"))]
            let offer = try await client.post("/v1/session/secret-image/offer", nil, session)
            #expect((offer["images"] as? [Any])?.count == 9)
            let (name, href) = (try #require(offer.string("images.3.name")), try #require(offer.string("images.3.href")))
            let picture = try await client.get(href)
            #expect(picture.header("content-type") == "image/png" && picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let other = try await client.post("/v1/session/secret-image", ["name": "no such picture"], session)
            #expect(other.status == 422 && other.code == "notOffered")
            #expect(try await client.post("/v1/session/secret-image", ["name": name], session).status == 204)
            let shown = try await client.post("/v1/logins", wish).string("secretImage.alternativeText")
            #expect(shown?.hasPrefix("Your secret image: \(name).") == true)

            let again = try await client.post("/v1/session/secret-image/offer", nil, session)
            let change: [String: any Sendable] = [
                "subscriber": "alice", "device": "T-alice", "name": try #require(again.string("images.0.name")),
            ]
            let begun = try await client.post("/v1/secret-image-changes", change, ["Idempotency-Key": "c-1"])
            #expect(begun.status == 202 && begun.string("content.place") == "Change of the secret image")
        }
    }

    @Test(arguments: [true, false])
    func `an operation's image is drawn by the bank's own renderer, and by no other`(isDrawing: Bool) async throws {
        let served = try ServedBank(isDrawing: isDrawing)
        let token = try await served.admit()
        let operation = try await served.bank.operations.begin(
            TestWorld.payment(), for: SubscriberID("alice"), with: token.id, idempotencyKey: "o-1")
        try await served.served { (client) async throws in
            let picture = try await client.get("/v1/operations/\(operation.id)/secret-image.png")
            #expect(picture.status == (isDrawing ? 200 : 404))
        }
    }

    @Test func `no picture has that name`() async throws {
        try await ServedBank().served { (client) async throws in
            let none = try await client.get("/v1/secret-images/nothing")
            #expect(none.status == 404)
        }
    }
}
