import DeviceProtocol
import Devices
import Emulation
import EmulatorControl
import Foundation
import ISO7816
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CardTests {
    private static let card = #"{"kind":"smartcard","model":"piv","subscriber":"alice","pin":"864209"}"#

    /// Lets the card in its reader sign, as whoever runs operations would, and gives what the bank says, or why there was nothing.
    private func approve(_ control: OpenControl) async throws -> String {
        let device = try #require(try await CardDevices(of: control.emulators.readers, isEmulated: true).devices().first as? CardDevice)
        let person = try #require(control.emulators.holder(of: device.descriptor.id))
        let (id, presentation) = try await control.hall.payment(device.descriptor.id.rawValue)
        do throws(DeviceError) {
            let response = try await device.respond(to: presentation, with: person)
            return await told { try await control.hall.verdict(on: response, to: id) }
        } catch {
            return error.code.rawValue
        }
    }

    private func told(_ body: () async throws -> String) async -> String {
        do { return try await body() } catch { return "\(error)" }
    }

    private func prompt(_ control: OpenControl) async throws -> Seen.Prompt {
        var prompt: Seen.Prompt?
        let isAsked = try await eventually {
            prompt = try await control.ask(.GET, "emulators/CARD-0001").seen().prompt
            return prompt != nil
        }
        #expect(isAsked)
        return try #require(prompt)
    }

    @Test(arguments: [
        ("smartcard", "ias-classic", true), ("smartcard", "piv", false), ("smartcard", "pkcs15", false), ("stick", "classic-v3", true),
        ("stick", "piv", false),
    ])
    func `a card of every model signs, and the bank takes it`(kind: String, model: String, isInferred: Bool) async throws {
        try await OpenControl.lend { control in
            let seen = try await control.make(
                #"{"kind":"\#(kind)","model":"\#(model)","subscriber":"alice","behaviour":"respond","pin":"864209"}"#)
            #expect(seen.card?.model == model && seen.isInferred == isInferred && seen.card?.isInserted == true)
            #expect(try await approve(control) == "succeeded")
        }
    }

    @Test(arguments: [("decline", "declined"), ("wrongPIN", "wrongPIN")])
    func `a card's person does as they were told`(behaviour: String, outcome: String) async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(Self.card)
            let set = try await control.ask(.PUT, "emulators/CARD-0001/behaviour", #"{"behaviour":"\#(behaviour)"}"#)
            #expect(try set.seen().behaviour == behaviour)
            #expect(try await approve(control) == outcome)
        }
    }

    @Test func `wrong PINs block the card, one try an operation, the last one too`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"smartcard","model":"piv","subscriber":"alice","behaviour":"wrongPIN","tries":2}"#)
            #expect(try await control.ask(.POST, "emulators/CARD-0001/snapshots").status == 201)
            #expect(try await approve(control) == "wrongPIN")
            #expect(try await approve(control) == "blocked")
            #expect(try await control.ask(.POST, "emulators/CARD-0001/restore", #"{"snapshot":1}"#).status == 200)
            _ = try await control.ask(.PUT, "emulators/CARD-0001/behaviour", #"{"behaviour":"respond"}"#)
            #expect(try await approve(control) == "succeeded")
        }
    }

    @Test func `a PIN is typed at the card's pad, after a wrong one and a question for the last try`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(
                #"{"kind":"smartcard","model":"piv","subscriber":"alice","pin":"864209","tries":2}"#)
            async let outcome = approve(control)
            let first = try await prompt(control)
            #expect(first.kind == "pin" && first.triesLeft == 2 && !first.previousWasWrong)
            _ = try await control.ask(.POST, "emulators/CARD-0001/pin?prompt=\(first.number)", "111111", as: "text/plain")
            #expect(await eventually { (control.emulators.all.first?.person.prompt?.number ?? 0) > first.number })
            let last = try await prompt(control)
            #expect(last.kind == "lastTry" && last.triesLeft == 1)
            _ = try await control.ask(.POST, "emulators/CARD-0001/accept?prompt=\(last.number)")
            #expect(await eventually { (control.emulators.all.first?.person.prompt?.number ?? 0) > last.number })
            let again = try await prompt(control)
            #expect(again.kind == "pin" && again.previousWasWrong && again.triesLeft == 1)
            _ = try await control.ask(.POST, "emulators/CARD-0001/pin?prompt=\(again.number)", "864209", as: "text/plain")
            let ending = try await outcome
            #expect(ending == "succeeded")
        }
    }

    @Test func `the question of a pulled card ends, and the card goes on in its reader afterwards`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(Self.card)
            async let outcome = approve(control)
            _ = try await prompt(control)
            let pulled = try await control.ask(.POST, "emulators/CARD-0001/pull").seen()
            #expect(pulled.card?.isInserted == false && pulled.prompt == nil)
            let ending = try await outcome
            #expect(["cancelled", "removed"].contains(ending))
            #expect(try await control.ask(.POST, "emulators/CARD-0001/pull").problem == "cardNotThere")
            #expect(try await control.ask(.POST, "emulators/CARD-0001/insert").seen().card?.isInserted == true)
            #expect(try await control.ask(.POST, "emulators/CARD-0001/insert").problem == "cardThere")
            control.emulators.all.first?.behave(.respond)
            #expect(try await approve(control) == "succeeded")
        }
    }

    @Test func `the question of a removed card ends, and its reader is gone`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(Self.card)
            async let outcome = approve(control)
            _ = try await prompt(control)
            #expect(try await control.ask(.DELETE, "emulators/CARD-0001").status == 204)
            let ending = try await outcome
            #expect(["cancelled", "removed"].contains(ending))
            #expect(control.emulators.readers.slots().isEmpty)
        }
    }

    @Test func `a stick comes and goes with its reader`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"stick","model":"piv"}"#)
            #expect(try await control.ask(.POST, "emulators/STICK-0001/pull").problem == "notSupported")
            #expect(try await control.ask(.POST, "emulators/STICK-0001/unplug").seen().card?.isInserted == false)
            #expect(control.emulators.readers.slots().isEmpty)
            #expect(try await control.ask(.POST, "emulators/STICK-0001/plug").seen().card?.isInserted == true)
            let slot = try #require(control.emulators.readers.slots().first)
            #expect(slot.reader.contains("USB Shell Token"))
        }
    }

    @Test func `a fault strikes the card in its reader, and goes with it`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"smartcard","model":"piv","subscriber":"alice","behaviour":"respond"}"#)
            let path = "emulators/CARD-0001/faults"
            #expect(try await control.ask(.PUT, path, #"{"plan":"luck before VERIFY 1"}"#).problem == "invalidRequest")
            #expect(try await control.ask(.PUT, path, #"{"plan":"pull after VERIFY 1"}"#).seen().card?.faults == "pull after VERIFY 1")
            #expect(try await approve(control) == "removed")
            let isOut = try await eventually {
                let card = try await control.ask(.GET, "emulators/CARD-0001").seen().card
                return card?.isInserted == false && card?.faults == "none"
            }
            #expect(isOut)
            _ = try await control.ask(.POST, "emulators/CARD-0001/insert")
            #expect(try await approve(control) == "succeeded")
        }
    }

    @Test(arguments: [("smartcard", "insert"), ("stick", "plug")])
    func `what has happened of a plan is told, until the next plan or insertion`(kind: String, insert: String) async throws {
        try await OpenControl.lend { control in
            let id = try await control.make(#"{"kind":"\#(kind)","model":"piv"}"#).id
            func card() async throws -> Seen.Card? { try await control.ask(.GET, "emulators/\(id)").seen().card }
            let (status, pull) = ("status 6F00 after SELECT 1", "pull before SELECT 2")
            #expect(try await control.ask(.PUT, "emulators/\(id)/faults", #"{"plan":"\#(status); \#(pull)"}"#).status == 200)
            #expect(try await card()?.struck == [])
            let reader = try #require(control.emulators.readers.slots().first?.reader)
            let session = try control.emulators.readers.open(reader)
            let listener = control.emulators.listen()
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x6F, 0x00])
            #expect(await listener.next() == [id])
            listener.end()
            #expect(try await card()?.struck == [status])
            await #expect(throws: CardError.self) { try await session.transmit([0x00, 0xA4, 0x04, 0x00]) }
            #expect(try await eventually { try await card()?.faults == "none" })
            #expect(try await card()?.struck == [status, pull], "they outlive the card's stay")
            #expect(try await control.ask(.POST, "emulators/\(id)/\(insert)").seen().card?.struck == [])
            #expect(try await card()?.faults == "none")
        }
    }

    @Test func `a fault that is planned while the card is out waits for it`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"smartcard","model":"piv","subscriber":"alice","behaviour":"respond"}"#)
            _ = try await control.ask(.POST, "emulators/CARD-0001/pull")
            _ = try await control.ask(.PUT, "emulators/CARD-0001/faults", #"{"plan":"pull after VERIFY 1"}"#)
            _ = try await control.make(#"{"kind":"token"}"#)
            let back = try await control.ask(.POST, "emulators/CARD-0001/insert").seen()
            #expect(back.card?.faults == "pull after VERIFY 1")
            #expect(try await approve(control) == "removed")
        }
    }

    @Test func `what is no card has no reader and no faults, and a card no clock and no button`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"token"}"#)
            _ = try await control.make(#"{"kind":"smartcard","model":"piv"}"#)
            for path in ["insert", "pull", "plug", "unplug"] {
                #expect(try await control.ask(.POST, "emulators/TOKEN-0001/\(path)").problem == "notSupported")
            }
            #expect(try await control.ask(.PUT, "emulators/TOKEN-0001/faults", #"{"plan":"none"}"#).problem == "notSupported")
            #expect(try await control.ask(.PUT, "emulators/CARD-0001/clock", #"{"offset":1}"#).problem == "notSupported")
            #expect(try await control.ask(.PUT, "emulators/CARD-0001/power", #"{"isOn":true}"#).problem == "notSupported")
            #expect(try await control.ask(.POST, "emulators/CARD-0001/press").problem == "notSupported")
            #expect(control.emulators.holder(of: try DeviceID("TOKEN-0001")) == nil)
        }
    }
}
