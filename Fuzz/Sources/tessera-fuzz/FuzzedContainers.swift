import Crypto
import Foundation
import PSKC
import Secrets

/// Key containers (RFC 6030), as a maker of devices sends them.
enum FuzzedContainers {
    /// The key of the seeds.
    private static let key = SymmetricKey(data: [UInt8](repeating: 0x5A, count: 16))

    /// What is opened can be written, and is then read as the same; what a password protects stays closed, as its rounds take long.
    static func pskc(_ bytes: [UInt8]) {
        guard let document = try? PSKCDocument(parsing: bytes) else { return }
        let opened: KeyContainer? =
            switch document.protection {
            case .none: try? document.open()
            case .key: try? document.open(key: key)
            case .password: nil
            }
        guard let opened, let written = try? opened.plainDocument() else { return }
        guard let again = try? PSKCDocument(parsing: written).open() else { fatalError("what was written is not read") }
        precondition((try? again.plainDocument()) == written, "a container changed on its way")
    }

    /// Writes a container of two keys into `folder`: plain, under a key, and under a password.
    static func write(to folder: String) throws {
        var token = PSKCKey(id: "1", algorithm: .totp, secret: key)
        token.timeInterval = 30
        token.timeDrift = -2
        token.responseFormat = ResponseFormat(length: 6)
        token.policy = KeyPolicy()
        var fob = PSKCKey(id: "2", algorithm: .hotp, secret: key)
        fob.counter = 7
        fob.friendlyName = "fob"
        var device = DeviceInfo()
        device.serialNumber = "T-0001"
        let container = KeyContainer(id: "seeds", packages: [KeyPackage(device: device, key: token), KeyPackage(key: fob)])
        var random = SystemRandomNumberGenerator()
        let documents = [
            try container.plainDocument(), try container.document(key: key, name: "seeds", using: &random),
            try container.document(password: SecretBytes.copying("seeds".utf8), rounds: 1, using: &random),
        ]
        for (index, document) in documents.enumerated() {
            try Data(document).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    }
}
