import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Pictures
import Verification

/// The pictures by which a person knows the bank: offered, chosen, changed, drawn.
struct SecretImageRoutes: Sendable {
    let bank: BankSide
    let forms: OperationForms

    func add(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/session/secret-image/offer", for: .verifier) { ask in
            let names = try await images().offer(in: try ask.session())
            return try .json(["images": try names.map { OfferedImageForm(try SecretPicture.named($0)) }])
        }
        routes.add(.post, "/v1/session/secret-image", for: .verifier, takes: .body) { ask in
            let session = try ask.session()
            let form = try await ask.body(ChosenImageForm.self)
            try await images().choose(form.name, in: session, approvedBy: form.approvedBy)
            return .done
        }
        routes.add(.post, "/v1/secret-image-changes", for: .verifier, takes: .body) { ask in
            let key = try ask.idempotencyKey()
            let form = try await ask.body(ImageChangeForm.self)
            let operation = try await bank.operations.changeSecretImage(
                to: try SecretImageChange(image: form.name), for: form.subscriber, with: form.device, idempotencyKey: key,
                timeToLive: form.timeToLive)
            return try await forms.begun(operation)
        }
        routes.add(.get, "/v1/secret-images/{name}", for: .verifier) { ask in
            let picture = try SecretPicture.named(try ask.path("name"))
            return .bytes(try picture.png(), type: "image/png")
        }
    }

    private func images() throws(Problem) -> SecretImages {
        guard let images = bank.secretImages else {
            throw Problem(.notImplemented, "noSecretImages", "no secret images are shown here", userAction: "configure a set of pictures")
        }
        return images
    }
}

/// One of the pictures to choose from.
struct OfferedImageForm: Encodable {
    let name: String
    /// What it is called, by language.
    let names: [String: String]
    let href: String

    init(_ picture: SecretPicture) {
        name = picture.name
        names = Dictionary(uniqueKeysWithValues: SecretPicture.Language.allCases.map { ($0.rawValue, picture.name(in: $0)) })
        href = "/v1/secret-images/\(picture.name.inPath)"
    }
}

/// Which picture is chosen.
struct ChosenImageForm: Decodable {
    let name: String
    let approvedBy: ChallengeID?

    private enum CodingKeys: String, CodingKey, CaseIterable { case name, approvedBy }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        name = try members.text(.name, limit: 64)
        approvedBy = try members.optionalChallenge(.approvedBy)
    }
}

/// Whose device is asked for another picture.
struct ImageChangeForm: Decodable {
    let subscriber: SubscriberID
    let device: DeviceID
    let name: String
    let timeToLive: Int

    private enum CodingKeys: String, CodingKey, CaseIterable { case subscriber, device, name, timeToLive }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        subscriber = try members.subscriber(.subscriber)
        device = try members.device(.device)
        name = try members.text(.name, limit: 64)
        timeToLive = try members.number(.timeToLive, in: 1...86_400, or: 120)
    }
}
