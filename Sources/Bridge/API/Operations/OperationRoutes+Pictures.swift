import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore
import Pictures
import Verification

/// What is shown to a person: the QR code for a device with a camera, the secret image for one without a display.
extension OperationRoutes {
    func addPictures(to group: RouterGroup<DoorContext>) {
        group.get(":id/qr.png") { _, context in try await picture("image/png", bytes: code(context).png()) }
        group.get(":id/qr.svg") { _, context in try await picture("image/svg+xml", bytes: Array(code(context).svg().utf8)) }
        group.get(":id/secret-image.png") { _, context in try await picture("image/png", bytes: secretImage(context)) }
    }

    private func code(_ context: DoorContext) async throws -> QRCode {
        try context.caller.require(.deviceUser, .verifier)
        let id = try context.operationID
        let presentation = try await told { () async throws(VerificationError) in try await bank.operations.presentation(of: id) }
        guard case .sealed(let text) = presentation else {
            throw Problem(
                .notFound, "notFound", "the operation \(id) has no QR code: its device has no camera",
                userAction: "look at its presentation first")
        }
        return try QRCode(encoding: text)
    }

    private func secretImage(_ context: DoorContext) async throws -> [UInt8] {
        try context.caller.require(.deviceUser, .verifier)
        let operation = try await now(context.operationID)
        guard let images = bank.secretImages else {
            throw Problem(
                .notFound, "notFound", "no secret images are shown here", userAction: "start the service with a key for decoy pictures")
        }
        let name: String
        do throws(SubscriberError) { name = try await images.picture(for: operation.subscriber.rawValue) } catch { throw Problem(error) }
        return try Self.renderer.get().png(of: .named(name), for: operation.challenge)
    }

    /// Fonts are read once.
    private static let renderer = Result { try SecretImageRenderer() }

    private func picture(_ type: String, bytes: [UInt8]) -> Hummingbird.Response {
        .init(status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
