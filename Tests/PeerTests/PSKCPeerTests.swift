import Crypto
import Foundation
import PSKC
import Secrets
import TestSupport
import Testing

/// `pskctool` of the OATH Toolkit, which checks against RFC 6030's schema, and python-pskc (PyPI), which decrypts.
@Suite struct PSKCPeerTests {
    struct Judged: Decodable, Equatable {
        let id, algorithm, issuer, secret: String
        let counter, timeInterval, timeDrift, length, pinMaximumLength: Int?
        let serialNumber: String?
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func hexadecimal(_ key: SymmetricKey?) -> String { key?.withUnsafeBytes { hexadecimal($0) } ?? "" }

    private func container(using random: inout SeededGenerator) -> KeyContainer {
        KeyContainer(
            id: "box",
            packages: (0..<5).map { index in
                var device = DeviceInfo()
                (device.manufacturer, device.serialNumber) = ("oath.ZZ", "47\(index)")
                let secret = (0..<20 + index).map { _ in UInt8.random(in: 0...255, using: &random) }
                var key = PSKCKey(id: "key-\(index)", algorithm: index < 3 ? .hotp : .totp, secret: SymmetricKey(data: secret))
                (key.issuer, key.friendlyName, key.userID) = ("Bank & <Söhne>", "Clé \"d'or\"", "CN=a")
                key.responseFormat = ResponseFormat(length: 6 + UInt32(index))
                if index < 3 { key.counter = UInt64(index) * 1_000_000_007 } else { (key.timeInterval, key.timeDrift) = (60, 4) }
                var policy = KeyPolicy()
                policy.usages = [.otp]
                policy.expiryDate = Date(timeIntervalSince1970: 1_900_000_000)
                var pin = PINPolicy()
                (pin.maximumLength, pin.minimumLength, pin.usageMode, pin.encoding) = (8, 4, .local, .decimal)
                policy.pin = pin
                key.policy = policy
                return KeyPackage(device: device, cryptoModuleID: "CM", key: key)
            })
    }

    private func judged(_ bytes: [UInt8], _ arguments: [String]) async throws -> [Judged] {
        try await Program.withFile(bytes, suffix: ".xml") { file in
            try await Python.lines("pskc_judge.py", ["read", file] + arguments).map {
                try JSONDecoder().decode(Judged.self, from: Data($0.utf8))
            }
        }
    }

    private func expect(_ judged: [Judged], _ container: KeyContainer) {
        #expect(judged.count == container.packages.count)
        for (their, package) in zip(judged, container.packages) {
            let our = package.key
            #expect(their.id == our?.id && their.issuer == our?.issuer && their.serialNumber == package.device?.serialNumber)
            #expect(their.secret == Self.hexadecimal(our?.secret))
            #expect(their.counter == our?.counter.map { Int($0) })
            #expect(their.timeInterval == our?.timeInterval.map { Int($0) } && their.timeDrift == our?.timeDrift.map { Int($0) })
            #expect(their.length == our?.responseFormat.map { Int($0.length) } && their.pinMaximumLength == 8)
        }
    }

    @Test func `pskctool finds what we write valid, and reads it`() async throws {
        var random = SeededGenerator(seed: 1)
        let container = container(using: &random)
        let password = try SecretBytes.copying("qwerty".utf8)
        let documents = [
            try container.plainDocument(), try container.document(key: SymmetricKey(size: .bits256), name: "k", using: &random),
            try container.document(password: password, name: "p", rounds: 1000, using: &random),
        ]
        for (index, bytes) in documents.enumerated() {
            try await Program.withFile(bytes, suffix: ".xml") { file in
                #expect(try await Program.lines("pskctool", ["--validate", file]) == ["OK"])
                let text = try await Program.lines("pskctool", ["--info", file]).map { $0.trimmingCharacters(in: .whitespaces) }
                for package in container.packages {
                    #expect(text.contains("Id: \(package.key?.id ?? "")"))
                    #expect(text.contains("SerialNo: \(package.device?.serialNumber ?? "")"))
                    let secret = package.key?.secret?.withUnsafeBytes { Data($0).base64EncodedString() } ?? ""
                    #expect(text.contains("Key Secret (base64): \(secret)") == (index == 0))
                }
                #expect(text.contains("Issuer: Bank & <Söhne>") && text.contains("FriendlyName: Clé \"d'or\""))
                #expect(text.contains("Key Counter: 2000000014") && text.contains("Key TimeInterval: 60"))
                #expect(text.contains("PIN Policy Maximum Length: 8"))
            }
        }
    }

    @Test(arguments: [128, 192, 256])
    func `python-pskc opens what we encrypt with a key, and we what it encrypts`(bits: Int) async throws {
        var random = SeededGenerator(seed: UInt64(bits))
        let (container, key) = (container(using: &random), SymmetricKey(size: SymmetricKeySize(bitCount: bits)))
        let document = try container.document(key: key, name: "k", using: &random)
        expect(try await judged(document, ["key", Self.hexadecimal(key)]), container)
        try await expectTheirs("key", Self.hexadecimal(key)) { try $0.open(key: key) }
    }

    @Test func `python-pskc opens what we encrypt with a password, and we what it encrypts`() async throws {
        var random = SeededGenerator(seed: 3)
        let container = container(using: &random)
        let password = try SecretBytes.copying("pass wörd".utf8)
        let document = try container.document(password: password, name: "p", rounds: 10_000, using: &random)
        expect(try await judged(document, ["password", Self.hexadecimal("pass wörd".utf8)]), container)
        try await expectTheirs("password", Self.hexadecimal("pass wörd".utf8)) {
            try $0.open(password: SecretBytes.copying("pass wörd".utf8))
        }
    }

    @Test func `python-pskc reads what we do not encrypt`() async throws {
        var random = SeededGenerator(seed: 4)
        let container = container(using: &random)
        expect(try await judged(container.plainDocument(), ["none"]), container)
    }

    private func expectTheirs(
        _ protection: String, _ secret: String, open: (PSKCDocument) throws -> KeyContainer
    ) async throws {
        let secrets = ["3132333435363738393031323334353637383930", "00ff", String(repeating: "5a", count: 64)]
        try await Program.withFile([], suffix: ".xml") { file in
            _ = try await Python.lines("pskc_judge.py", ["write", file, protection, secret] + secrets)
            let document = try PSKCDocument(parsing: Array(Data(contentsOf: URL(filePath: file))))
            #expect(document.outline.packages.allSatisfy { $0.key?.secretForm == .encrypted && $0.key?.secret == nil })
            let keys = try open(document).packages.compactMap(\.key)
            #expect(keys.map { Self.hexadecimal($0.secret) } == secrets)
            #expect(keys.map(\.counter) == [0, 1, 2])
        }
    }
}
