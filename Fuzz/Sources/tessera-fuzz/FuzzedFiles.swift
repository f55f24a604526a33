import Foundation
import ISO7816
import Pictures

@testable import Emulation

/// What is read whole: a card's state, a question to the test authority, a picture.
enum FuzzedFiles {
    /// A question for certificate 05 of an issuer whose hashes (SHA-1) are twenty bytes of 5A.
    static let request: [UInt8] =
        [0x30, 0x42, 0x30, 0x40, 0x30, 0x3E, 0x30, 0x3C, 0x30, 0x3A, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00]
        + [0x04, 0x14] + Array(repeating: 0x5A, count: 20) + [0x04, 0x14] + Array(repeating: 0x5A, count: 20) + [0x02, 0x01, 0x05]

    private static let authority = try? TestAuthority(now: Date())

    /// Whatever is asked, there is an answer, and it is no longer than the question wants it to be.
    static func ocsp(_ bytes: [UInt8]) {
        guard let authority else { fatalError("no authority was made") }
        let answer = authority.ocspResponse(to: bytes, revoked: [], now: Date())
        precondition(answer.starts(with: [0x30]) && answer.count <= 2048 + 4 * bytes.count, "an answer of \(answer.count) bytes")
    }

    /// A picture is read or refused; what was read is drawn and read again.
    static func picture(_ bytes: [UInt8]) {
        guard let texts = try? QRReader.texts(in: bytes) else { return }
        for text in texts {
            guard let drawn = try? QRCode(encoding: text).png(modulePixels: 3) else { continue }
            precondition((try? QRReader.texts(in: drawn)) == [text], "a text changed on its way")
        }
    }

    /// Writes a small picture and the ones of others into `folder`.
    static func writePictures(to folder: String) throws {
        let folder = URL(filePath: folder)
        try Data(QRCode(encoding: "SC1:A").png(modulePixels: 2)).write(to: folder.appending(path: "seed"))
        for name in ["rotated.jpg", "grey-16.png", "palette.png", "transparent.png"] {
            let picture = try Data(contentsOf: URL(filePath: "fixtures/pictures").appending(path: name))
            try picture.write(to: folder.appending(path: "seed-\(name)"))
        }
    }

    /// A state that is read, whatever is in it, makes a card that answers; its checksum is set right first.
    static func state(_ bytes: [UInt8]) {
        guard var document = try? CardStateDocument.parsing(bytes, "fuzz") else { return }
        document.checksum = document.currentChecksum
        guard let snapshot = try? document.snapshot("fuzz", seal: nil), let card = try? VirtualCard(snapshot) else { return }
        card.powerOn()
        for command in (CommandSeeds.piv + CommandSeeds.fileSystem).joined() {
            guard let bytes = [UInt8](hexadecimal: command), bytes.count > 3, ![0x46, 0x47].contains(bytes[1]) else { continue }
            precondition(card.process(bytes).count >= 2, "an answer without status word")
        }
    }
}
