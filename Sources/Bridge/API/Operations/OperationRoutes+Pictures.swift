import DeviceProtocol
import HTTPDoor
import Hummingbird
import Pictures
import Verification

/// What is shown to a person: the QR code for a device with a camera, the secret image for one without a display.
extension OperationRoutes {
    func addPictures(to routes: Router<DoorContext>) {
        routes.add(.get, "v1/operations/:id/qr.png", for: .deviceUser, .verifier) { ask in
            try await .bytes(code(ask).png(), type: "image/png")
        }
        routes.add(.get, "v1/operations/:id/qr.svg", for: .deviceUser, .verifier) { ask in
            try await .bytes(Array(code(ask).svg().utf8), type: "image/svg+xml")
        }
        routes.add(.get, "v1/operations/:id/secret-image.png", for: .verifier) { ask in
            try await .bytes(secretImage(ask), type: "image/png")
        }
    }

    private func code(_ ask: Ask) async throws -> QRCode {
        let id = try ask.challenge()
        try await admit(ask.caller, to: .show, id)
        guard case .sealed(let text) = try await bank.operations.presentation(of: id) else {
            throw Problem(
                .notFound, "notFound", "the operation \(id) has no QR code: its device has no camera",
                userAction: "look at its presentation first")
        }
        return try QRCode(encoding: text)
    }

    private func secretImage(_ ask: Ask) async throws -> [UInt8] {
        let operation = try await bank.operations.operation(ask.challenge())
        guard let images = bank.secretImages, let renderer = bank.renderer else {
            throw Problem(
                .notFound, "notFound", "no secret images are shown here", userAction: "start the service with a key for decoy pictures")
        }
        let product = try await bank.enrolments.enrolment(of: operation.device)?.product
        guard let profile = bank.policy.products.first(where: { $0.id == product }), profile.showsSecretImage else {
            throw Problem(
                .notFound, "notFound", "the operation \(operation.id) has no secret image: its device shows what it is about by itself",
                userAction: "look at its presentation first")
        }
        let name = try await images.picture(for: operation.subscriber.rawValue)
        return try renderer.png(of: .named(name), for: operation.challenge)
    }
}
