import Emulation
import Foundation
import HTTPDoor
import Hummingbird
import Secrets

/// A request's JSON: one flat object, whose members are all known.
protocol RequestForm: Decodable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

/// `POST emulators`.
struct NewEmulator: RequestForm {
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
struct NewOwner: RequestForm {
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
struct SeenText: RequestForm {
    enum CodingKeys: String, CodingKey, CaseIterable { case text }
    let text: String
}

/// `PUT emulators/{id}/clock`.
struct NewClock: RequestForm {
    enum CodingKeys: String, CodingKey, CaseIterable { case offset, drift }
    let offset: Double?
    let drift: Double?
}

/// `PUT emulators/{id}/power`.
struct NewPower: RequestForm {
    enum CodingKeys: String, CodingKey, CaseIterable { case isOn }
    let isOn: Bool
}

/// `PUT emulators/{id}/behaviour`.
struct NewBehaviour: RequestForm {
    enum CodingKeys: String, CodingKey, CaseIterable { case behaviour }
    let behaviour: Behaviour
}

/// `PUT emulators/{id}/faults`.
struct NewFaults: RequestForm {
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
struct WantedSnapshot: RequestForm {
    enum CodingKeys: String, CodingKey, CaseIterable { case snapshot }
    let snapshot: Int
}

extension Request {
    /// Reads the body as this form.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 400 `unknownMember` and `invalidRequest`; neither repeats a value.
    func form<Form: RequestForm>(_ type: Form.Type) async throws -> Form {
        let data = Data(try await bytes())
        do {
            let names = try JSONDecoder().decode(MemberNames.self, from: data).names
            let known = Set(Form.CodingKeys.allCases.map(\.stringValue))
            if let other = names.sorted().first(where: { !known.contains($0) }) {
                throw Problem(
                    .badRequest, "unknownMember", "\(other) is not a member of this request", userAction: "compare its spelling")
            }
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem(.badRequest, "invalidRequest", error.sentence, userAction: "correct the request")
        }
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

/// The names of an object's members.
private struct MemberNames: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let names: [String]

    init(from decoder: any Decoder) throws { names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue) }
}

extension DecodingError {
    /// What is wrong, without the value: it may be a PIN.
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.last.map { "\($0.stringValue) is not what it should be" } ?? "the body is no JSON object"
        @unknown default: "the body is not what it should be"
        }
    }
}
