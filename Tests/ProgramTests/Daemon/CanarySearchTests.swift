import Foundation
import TestSupport
import Testing

/// The searcher finds what was hidden from it.
@Suite struct CanarySearchTests {
    private static let secret = "Kanarien+Vogel?7"

    private func planted(_ bytes: some Sequence<UInt8>) -> Data { Data("before ".utf8) + Data(bytes) + Data(" behind".utf8) }

    @Test func `a secret is found in each form that other code gives it`() {
        let canary = Canary("word", Self.secret)
        let bytes = Data(Self.secret.utf8)
        let plants: [(String, Data)] = [
            ("plain", bytes), ("hexadecimal", Data(bytes.map { String($0, radix: 16) }.joined().utf8)),
            ("HEXADECIMAL", Data(bytes.map { String($0, radix: 16, uppercase: true) }.joined().utf8)),
            ("Swift's array", Data("\(Array(bytes))".utf8)), ("UTF-16LE", Self.secret.data(using: .utf16LittleEndian) ?? Data()),
            ("UTF-16BE", Self.secret.data(using: .utf16BigEndian) ?? Data()),
        ]
        for (name, plant) in plants { #expect(canary.found(in: planted(plant)) == [name]) }
        #expect(canary.found(in: planted("Kanarien+Vogel!7".utf8)).isEmpty)
    }

    @Test(arguments: 0..<9, 0..<4) func `it is found in Base64 wherever it stands`(before: Int, behind: Int) {
        let canary = Canary("word", Self.secret)
        let whole = Data((0..<before).map { UInt8($0 * 31) }) + Data(Self.secret.utf8) + Data((0..<behind).map { UInt8(200 + $0) })
        #expect(canary.found(in: planted(whole.base64EncodedData())) == ["Base64, \(before % 3) bytes behind"])
        let safe = whole.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        #expect(!canary.found(in: planted(safe.utf8)).isEmpty)
    }

    @Test func `a seed is bytes and no text`() {
        let seed: [UInt8] = [0, 1, 0xFF, 0x80, 0x0A, 0xC3, 7, 9]
        let canary = Canary("seed", bytes: seed)
        #expect(canary.found(in: planted(seed)) == ["plain"])
        #expect(canary.found(in: planted("0001FF800AC30709".utf8)) == ["HEXADECIMAL"])
        #expect(!canary.found(in: planted(Data([5] + seed + [6]).base64EncodedData())).isEmpty)
    }

    @Test func `digits of a digest are no PIN, and digits that stand alone are one`() {
        let canary = Canary("PIN", "739152")
        for text in ["{\"pin\":\"739152\"}", "pin=739152", "739152", "code739152e"] {
            #expect(canary.found(in: Data(text.utf8)) == ["plain"], "\(text)")
        }
        for text in ["1795739152002", "0123456789abcdef739152ab0123", "73915"] {
            #expect(canary.found(in: Data(text.utf8)).isEmpty, "\(text)")
        }
        #expect(canary.found(in: Data("1795739152002 then 739152".utf8)) == ["plain"])
    }

    /// Makes of digits what Python's own library makes of them, and keeps that; in its arguments they are something else.
    private static let keeper = """
        import base64, sys, time
        pin = bytes(byte ^ 0x55 for byte in bytes.fromhex(sys.argv[1]))
        text = pin.decode()
        packed = bytes.fromhex(text)
        kept = [
            bytearray(pin), bytearray(pin.hex().encode()), bytearray(text.encode("utf-16-le")), bytearray(text.encode("utf-16-be")),
            bytearray(text.encode("utf-32-le")), bytearray(base64.b64encode(b"?" + pin + b"?")), bytearray(bytes.fromhex("28" + text + "FFFFFF")),
            bytearray(packed + b"\\xff" * 4), bytearray(packed + bytes(4)), bytearray(int(digit) for digit in text),
        ]
        print("kept", flush=True)
        time.sleep(3600)
        """

    @Test(.enabled(if: getuid() == 0, "only root reads the memory of another process"))
    func `whatever form a PIN has in the memory of a process, it is found there`() async throws {
        let folder = try Folder()
        try folder.write(Self.keeper, to: "keeper.py")
        let hidden = "73915264".utf8.map { String(format: "%02x", $0 ^ 0x55) }.joined()
        let process = try RunningProgram.shell("exec python3 \(folder.path("keeper.py")) \(hidden)")
        #expect(await process.says("kept"), "\(process.errors)")
        let canary = Canary("PIN", "73915264")
        let image = try await MemoryImage(of: process.identifier)
        let found = Set(try await image.places(of: [canary]).map(\.form))
        let wanted: Set = [
            "plain", "hexadecimal", "UTF-16LE", "UTF-16BE", "UTF-32LE", "Base64, 1 bytes behind", "ISO 9564 format 2",
            "packed digits and FF",
            "packed digits and 00", "one number a byte",
        ]
        #expect(found.isSuperset(of: wanted), "\(wanted.subtracting(found)) not found")
        let other = Canary("other", "58204617")
        #expect(try await image.places(of: [other]) == [])
        process.send(SIGKILL)
        _ = try await process.end()
    }
}
