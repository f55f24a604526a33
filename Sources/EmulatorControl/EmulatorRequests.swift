import Emulation
import HTTPDoor
import Hummingbird
import NIOCore
import Secrets

/// `POST emulators`.
struct NewEmulator: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case kind, serial, holder, subscriber, order, behaviour, pin, model, tries }

    let kind: EmulatorKind
    let serial: String?
    let holder: String?
    let subscriber: String?
    let order: String?
    let behaviour: Behaviour?
    let pin: String?
    let model: CardModel?
    let tries: UInt8?

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        kind = try members.word(EmulatorKind.self, .kind)
        (serial, holder) = (try members.optional(String.self, .serial), try members.optional(String.self, .holder))
        (subscriber, order) = (try members.optional(String.self, .subscriber), try members.optional(String.self, .order))
        behaviour = try members.optionalWord(Behaviour.self, .behaviour)
        pin = try members.optional(String.self, .pin)
        model = try members.optionalWord(CardModel.self, .model)
        tries = try members.optional(UInt8.self, .tries)
    }

    func recipe() throws(EmulatorError) -> EmulatorRecipe {
        EmulatorRecipe(
            kind, serial: serial, holder: holder ?? "Test Holder", owner: try NewOwner(subscriber: subscriber, order: order).owner,
            behaviour: behaviour ?? .wait, pin: pin ?? "123456", model: model, tries: tries ?? 5)
    }
}

/// `POST emulators/{id}/enrolment`.
struct NewOwner: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case subscriber, order }

    let subscriber: String?
    let order: String?

    init(subscriber: String?, order: String?) { (self.subscriber, self.order) = (subscriber, order) }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        (subscriber, order) = (try members.optional(String.self, .subscriber), try members.optional(String.self, .order))
    }

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
struct SeenText: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case text }
    let text: String

    init(from decoder: any Decoder) throws { text = try Members<CodingKeys>(decoder).text(.text) }
}

/// `PUT emulators/{id}/clock`.
struct NewClock: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case offset, drift }
    let offset: Double?
    let drift: Double?

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        (offset, drift) = (try members.optional(Double.self, .offset), try members.optional(Double.self, .drift))
    }
}

/// `PUT emulators/{id}/power`.
struct NewPower: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case isOn }
    let isOn: Bool

    init(from decoder: any Decoder) throws { isOn = try Members<CodingKeys>(decoder).value(Bool.self, .isOn) }
}

/// `PUT emulators/{id}/behaviour`.
struct NewBehaviour: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case behaviour }
    let behaviour: Behaviour

    init(from decoder: any Decoder) throws { behaviour = try Members<CodingKeys>(decoder).word(Behaviour.self, .behaviour) }
}

/// `PUT emulators/{id}/faults`.
struct NewFaults: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case plan }
    let plan: String

    init(from decoder: any Decoder) throws { plan = try Members<CodingKeys>(decoder).text(.plan) }

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
struct WantedSnapshot: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case snapshot }
    let snapshot: Int

    init(from decoder: any Decoder) throws { snapshot = try Members<CodingKeys>(decoder).value(Int.self, .snapshot) }
}

extension Request {
    /// Reads the body as this form.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 400 `unknownMember` and `invalidRequest`.
    func form<Form: Decodable>(_ type: Form.Type) async throws -> Form {
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
