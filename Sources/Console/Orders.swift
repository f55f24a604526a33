import HTTPDoor
import HTTPTypes
import Hummingbird

/// The orders of the demo, with what their letters say, and how one goes on from step to step.
struct Orders: Sendable {
    let bank: DemoBank

    /// Orders a device, and keeps what its letter says.
    ///
    /// - Parameter replaced: the device whose place it takes, when it is active.
    func order(_ product: String, for user: String, replacing replaced: String? = nil) async throws(Problem) -> DemoBook.Letter {
        // A card has no activation code, and an order of one with a code is refused.
        let code = ["smartcard", "stick"].contains(product) ? nil : DemoBook.activationCode()
        let answer = try await bank.bridge.ask(
            .post, ["orders"], headers: [("Idempotency-Key", Browser.randomText())],
            json: .members([
                "subscriber": .string(user), "product": .string(product), "activationCode": code.map { .string($0) },
                "identification": .string("branch"),
            ])
        ).json
        guard let id = answer["order"]?["id"]?.text, let challenge = answer["challengeCode"]?.text else {
            throw Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
        }
        let letter = DemoBook.Letter(
            order: id, user: user, product: product, activationCode: code, challengeCode: challenge,
            serial: product == "token" ? bank.book.nextSerial() : nil, replaces: replaced)
        bank.book.send(letter)
        return letter
    }

    /// Takes one step.
    func prove(_ proof: [String: JSONValue], for letter: DemoBook.Letter) async throws(Problem) {
        _ = try await bank.bridge.ask(.post, ["orders", letter.order, "proofs"], json: .object(proof))
    }

    /// The letter of the order that the path names.
    func letter(in context: ConsoleContext) throws(Problem) -> DemoBook.Letter {
        _ = try context.known()
        guard let letter = bank.book.letter(of: try context.segment("order")) else { throw Self.nothing }
        return letter
    }

    /// Tells all pages, and answers with what is true now.
    func changed(in context: ConsoleContext) async throws -> Response {
        bank.hub.tell("state")
        return try .json(try await state(in: context))
    }

    /// An order, its next step, how far its pairing is, and what its letter says.
    func state(in context: ConsoleContext) async throws(Problem) -> JSONValue {
        let letter = try letter(in: context)
        let order = try await bank.bridge.ask(.get, ["orders", letter.order]).json
        return .members([
            "order": order, "pairing": try await pairing(of: letter, order), "operation": try await open(letter).map { .string($0) },
            "letter": .members([
                "user": .string(letter.user), "activationCode": letter.activationCode.map { .string($0) },
                "challengeCode": .string(letter.challengeCode), "serialNumber": letter.serial.map { .string($0) },
                "initialPassword": bank.book.initialPassword(of: letter.user).map { .string($0) },
            ]),
        ])
    }

    /// The operation that waits for the device's answer; one that is over is forgotten, so that another one can begin.
    private func open(_ letter: DemoBook.Letter) async throws(Problem) -> String? {
        // What a card answers is followed until its step is taken.
        guard let operation = letter.operation, !letter.isCard else { return letter.operation }
        let seen = try await bank.bridge.ask(.get, ["operations", operation]).json["state"]
        guard seen != "pending", seen != "working" else { return operation }
        bank.book.begin(nil, for: letter.order)
        return nil
    }

    /// The pairing that goes on; `nil` where none does, because none has begun, or its time is over.
    private func pairing(of letter: DemoBook.Letter, _ order: JSONValue) async throws(Problem) -> JSONValue? {
        guard letter.isPaired, order["next"] == "activationCode" || order["next"] == "keys" else { return nil }
        do throws(Problem) { return try await bank.bridge.ask(.get, ["orders", letter.order, "pairing"]).json } catch {
            guard error.code == "noPairing" else { throw error }
            return nil
        }
    }

    static let nothing = Problem(.notFound, "notFound", "there is nothing here")
}
