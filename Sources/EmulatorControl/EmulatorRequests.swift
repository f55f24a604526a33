import Emulation
import HTTPDoor
import Hummingbird
import NIOCore
import Secrets

/// `POST emulators`.
struct NewEmulator: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case kind, serial, holder, subscriber, order, behaviour, pin, model, tries }

    let kind: EmulatorKind
    let serial: String?
    let holder: String?
    let subscriber: String?
    let order: String?
    let behaviour: Behaviour?
    let pin: String?
    let model: String?
    let tries: UInt8?

    func recipe() throws(EmulatorError) -> EmulatorRecipe {
        var card: CardModel?
        if let model {
            card = CardModel(rawValue: model)
            guard card != nil else { throw .invalidRequest("no card is called \"\(model)\"") }
        }
        return EmulatorRecipe(
            kind, serial: serial, holder: holder ?? "Test Holder", owner: try NewOwner(subscriber: subscriber, order: order).owner,
            behaviour: behaviour ?? .wait, pin: pin ?? "123456", model: card, tries: tries ?? 5)
    }
}

/// `POST emulators/{id}/enrolment`.
struct NewOwner: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case subscriber, order }

    let subscriber: String?
    let order: String?

    var owner: EmulatorRecipe.Owner? {
        get throws(EmulatorError) {
            switch (subscriber, order) {
            case (nil, nil): return nil
            case (let name?, nil): return .subscriber(name)
            case (nil, let name?): return .order(name)
            case (_?, _?): throw .invalidRequest("a device goes to a subscriber or to an order, not to both")
            }
        }
    }
}

/// `POST emulators/{id}/look`.
struct SeenText: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case text }
    let text: String
}

/// `PUT emulators/{id}/clock`.
struct NewClock: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case offset, drift }
    let offset: Double?
    let drift: Double?
}

/// `PUT emulators/{id}/power`.
struct NewPower: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case isOn }
    let isOn: Bool
}

/// `PUT emulators/{id}/behaviour`.
struct NewBehaviour: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case behaviour }
    let behaviour: Behaviour
}

/// `PUT emulators/{id}/faults`.
struct NewFaults: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case plan }
    let plan: String

    var faults: FaultPlan {
        get throws(EmulatorError) {
            guard let faults = FaultPlan(plan) else {
                throw .invalidRequest("that is no fault plan: \"power loss after VERIFY 1\" is one, and \"none\"")
            }
            return faults
        }
    }
}

/// `POST emulators/{id}/restore`.
struct WantedSnapshot: StrictRequest {
    enum CodingKeys: String, CodingKey, CaseIterable { case snapshot }
    let snapshot: Int
}

extension Request {
    /// Reads the body as this form.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 400 `unknownMember` and `invalidRequest`.
    func form<Form: StrictRequest>(_ type: Form.Type) async throws -> Form {
        try JSON.decode(type, from: ByteBuffer(bytes: try await bytes()))
    }

    /// The whole body; the door has bounded it.
    func bytes() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in body { bytes.append(contentsOf: part.readableBytesView) }
        return bytes
    }

    /// The body as a secret, byte for byte.
    ///
    /// - Throws: ``EmulatorError/unsuitablePIN`` for more than a PIN can have.
    func secret() async throws -> SecretBytes {
        var secret = try SecretBytes()
        for try await part in body {
            guard secret.count + part.readableBytes <= 64 else { throw EmulatorError.unsuitablePIN }
            try secret.append(contentsOf: part.readableBytesView)
        }
        return secret
    }
}
