import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// PINs checked, changed and unblocked, on the emulated PIV card.
@Suite struct CardPINsTests {
    private func pins(of bench: CardBench) -> CardPINs { CardPINs(reader: CardBench.reader, of: bench.readers) }

    private func failure(of body: () async throws(DeviceError) -> Void) async -> DeviceError? {
        do throws(DeviceError) {
            try await body()
            return nil
        } catch { return error }
    }

    @Test func `a right PIN is right, and the tries are asked anew behind the reset`() async throws {
        let bench = try await CardBench(tries: 3)
        #expect(try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["123456"])) == .triesLeft(3))
        #expect(try await bench.pinState() == .triesLeft(3), "no login outlives it")
    }

    @Test func `a wrong PIN is asked for again, and the right one brings the tries back`() async throws {
        let bench = try await CardBench(tries: 3)
        let holder = ScriptedHolder(pins: ["000000", "123456"])
        #expect(try await pins(of: bench).verify(.ofKeys, with: holder) == .triesLeft(3))
        #expect(holder.pinRequests.map(\.triesLeft) == [3, 2])
        #expect(holder.pinRequests.allSatisfy { $0.wanted == .present("PIN") })
    }

    @Test func `a changed PIN is the one that works`() async throws {
        let bench = try await CardBench()
        let holder = ScriptedHolder(pins: ["123456", "65432100", "65432100"])
        try await pins(of: bench).change(.ofKeys, with: holder)
        #expect(holder.pinRequests.map(\.wanted) == [.present("PIN"), .new("PIN", form: "6 to 8 digits"), .newAgain("PIN")])
        #expect(holder.pinRequests[0].triesLeft == 3)
        _ = try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["65432100"]))
        let old = await failure { () throws(DeviceError) in
            _ = try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["123456"]))
        }
        #expect(old == DeviceError(.wrongPIN, ""))
    }

    @Test(arguments: [
        (["123456", "65432100", "65432101"], DeviceError.Code.newPINsDiffer), (["123456", "65432100", "6543210"], .newPINsDiffer),
        (["123456", "12345"], .unsuitablePIN), (["123456", "123456789"], .unsuitablePIN), (["123456", "12345a"], .unsuitablePIN),
        (["12345", "65432100", "65432100"], .unsuitablePIN), (["123456", ""], .unsuitablePIN), (["123456"], .holderUnavailable),
    ])
    func `a slip of the finger is told before anything is sent`(typed: [String], code: DeviceError.Code) async throws {
        let bench = try await CardBench(tries: 3)
        let error = await failure { () throws(DeviceError) in
            try await pins(of: bench).change(.ofKeys, with: ScriptedHolder(pins: typed))
        }
        #expect(error?.code == code)
        #expect(try await bench.pinState() == .triesLeft(3))
    }

    @Test func `a wrong present PIN costs one try and is not sent again`() async throws {
        let bench = try await CardBench(tries: 3)
        let error = await failure { () throws(DeviceError) in
            try await pins(of: bench).change(.ofKeys, with: ScriptedHolder(pins: ["000000", "65432100", "65432100", "123456"]))
        }
        #expect(error == DeviceError(.wrongPIN, ""))
        #expect(error?.triesLeft == 2)
        #expect(try await bench.pinState() == .triesLeft(2))
    }

    @Test func `the last try is spent only with permission, and nothing is typed without`() async throws {
        let bench = try await CardBench(tries: 1)
        let holder = ScriptedHolder(pins: ["123456", "65432100", "65432100"])
        let error = await failure { () throws(DeviceError) in try await pins(of: bench).change(.ofKeys, with: holder) }
        #expect(error == DeviceError(.lastTry, ""))
        #expect(holder.pinRequests.isEmpty)
        try await pins(of: bench).change(.ofKeys, with: ScriptedHolder(pins: ["123456", "65432100", "65432100"], spendsLastTry: true))
    }

    @Test func `a blocked PIN is unblocked with the PUK, and only so`() async throws {
        let bench = try await CardBench(tries: 1)
        _ = await failure { () throws(DeviceError) in
            _ = try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["000000"], spendsLastTry: true))
        }
        #expect(try await bench.pinState() == .blocked)
        try bench.insert()
        let blocked = await failure { () throws(DeviceError) in
            try await pins(of: bench).change(.ofKeys, with: ScriptedHolder(pins: ["123456", "65432100", "65432100"]))
        }
        #expect(blocked == DeviceError(.blocked, ""))
        let holder = ScriptedHolder(pins: ["12345678", "65432100", "65432100"], spendsLastTry: true)
        try await pins(of: bench).unblock(.ofKeys, with: holder)
        #expect(holder.pinRequests.map(\.wanted) == [.present("PUK"), .new("PIN", form: "6 to 8 digits"), .newAgain("PIN")])
        _ = try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["65432100"], spendsLastTry: true))
    }

    @Test func `a wrong PUK is told as one, with its own tries, and the PIN stays as it was`() async throws {
        let bench = try await CardBench(tries: 3)
        func attempt() async -> DeviceError? {
            await failure { () throws(DeviceError) in
                try await pins(of: bench).unblock(
                    .ofKeys, with: ScriptedHolder(pins: ["00000000", "65432100", "65432100"], spendsLastTry: true))
            }
        }
        let error = await attempt()
        #expect(error == DeviceError(.wrongPUK, ""))
        let left = try #require(error?.triesLeft)
        for _ in 1..<left { #expect(await attempt() == DeviceError(.wrongPUK, "")) }
        #expect(await attempt() == DeviceError(.pukBlocked, ""))
        #expect(try await pins(of: bench).verify(.ofKeys, with: ScriptedHolder(pins: ["123456"])) == .triesLeft(3))
    }

    @Test func `the PUK is changed like a PIN`() async throws {
        let bench = try await CardBench()
        try await pins(of: bench).change(
            .unblocking, with: ScriptedHolder(pins: ["12345678", "abcdefgh", "abcdefgh"], spendsLastTry: true))
        try await pins(of: bench).unblock(
            .ofKeys, with: ScriptedHolder(pins: ["abcdefgh", "65432100", "65432100"], spendsLastTry: true))
    }

    @Test func `a PIN is found by its label, and a wrong label tells those that there are`() async throws {
        let bench = try await CardBench()
        _ = try await pins(of: bench).verify(.labelled("piv card application pin"), with: ScriptedHolder(pins: ["123456"]))
        let error = await failure { () throws(DeviceError) in
            _ = try await pins(of: bench).verify(.labelled("signature"), with: ScriptedHolder(pins: ["123456"]))
        }
        #expect(error == DeviceError(.notSupported, ""))
        #expect(error?.description.contains("\"PIV Card Application PIN\"") == true)
    }

    @Test func `an empty reader is told, and nobody is asked`() async throws {
        let bench = try await CardBench()
        bench.readers.pull(from: CardBench.reader)
        let holder = ScriptedHolder(pins: ["123456"])
        let error = await failure { () throws(DeviceError) in _ = try await pins(of: bench).verify(.ofKeys, with: holder) }
        #expect(error == DeviceError(.cardMissing, ""))
        #expect(holder.events.isEmpty)
    }
}
