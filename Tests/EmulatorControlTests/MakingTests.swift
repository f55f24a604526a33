import DeviceProtocol
import Emulation
import EmulatorControl
import Foundation
import HTTPDoor
import ISO7816
import Testing

struct MakingTests {
    @Test(arguments: [
        ("token", "TOKEN-0001", "Token TOKEN-0001"), ("scan", "SCAN-0001", "Scan SCAN-0001"),
        ("mobile", "MOBILE-0001", "Mobile MOBILE-0001"), ("smartcard", "CARD-0001", "Smartcard in Emulated Reader 01 00"),
        ("stick", "STICK-0001", "Signing stick in Gemalto USB Shell Token V2 (emulated) 01 00"),
    ])
    func `every kind is made, enrolled, listed and removed`(kind: String, id: String, name: String) async throws {
        try await OpenControl.lend { control in
            let answer = try await control.ask(.POST, "emulators", #"{"kind":"\#(kind)","subscriber":"alice"}"#)
            #expect(answer.status == 201)
            #expect(answer.location == "/v1/emulators/\(id)")
            let seen = try answer.seen()
            #expect(seen.id == id && seen.kind == kind && seen.name == name && seen.subscriber == "alice")
            #expect(seen.behaviour == "wait" && seen.prompt == nil)
            // The bank knows it, or it would not ask it.
            _ = try await control.hall.payment(try #require(seen.device))
            #expect(try await control.ask(.GET, "emulators").text.contains("\"id\":\"\(id)\""))
            #expect(try await control.ask(.DELETE, "emulators/\(id)").status == 204)
            #expect(try await control.ask(.GET, "emulators/\(id)").problem == "noSuchEmulator")
            #expect(control.emulators.readers.slots().isEmpty)
        }
    }

    @Test func `an eID is there, says that it is inferred, and cannot be enrolled`() async throws {
        try await OpenControl.lend { control in
            let seen = try await control.make(#"{"kind":"eid"}"#)
            #expect(seen.card?.isInserted == true && seen.isInferred && seen.device == nil)
            let refused = try await control.ask(.POST, "emulators/\(seen.id)/enrolment", #"{"subscriber":"alice"}"#)
            #expect(refused.status == 409 && refused.problem == "notSupported")
            #expect(try await control.ask(.POST, "emulators", #"{"kind":"eid","subscriber":"alice"}"#).problem == "notSupported")
        }
    }

    @Test func `a device goes to an order, at once or later`() async throws {
        try await OpenControl.lend { control in
            #expect(try await control.make(#"{"kind":"scan","order":"first"}"#).order == "first")
            #expect(try await control.make(#"{"kind":"mobile"}"#).order == nil)
            let later = try await control.ask(.POST, "emulators/MOBILE-0001/enrolment", #"{"order":"second"}"#)
            #expect(try later.seen().order == "second")
            #expect(control.hall.orders.map(\.order) == ["first", "second"])
            #expect(control.hall.orders.map(\.made.id.rawValue) == ["SCAN-0001", "MOBILE-0001"])
        }
    }

    @Test func `what the bank refuses is not there`() async throws {
        try await OpenControl.lend { control in
            let refused = try await control.ask(.POST, "emulators", #"{"kind":"smartcard","model":"piv","subscriber":"two words"}"#)
            #expect(refused.status == 409 && refused.problem == "enrolmentRefused")
            #expect(control.emulators.all.isEmpty)
            #expect(control.emulators.readers.slots().isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"kind":"radio"}"#, "invalidRequest"), (#"{}"#, "invalidRequest"), (#"[]"#, "invalidRequest"), ("", "invalidRequest"),
        (#"{"kind":"token","colour":"red"}"#, "unknownMember"), (#"{"kind":"token","serial":"a/b"}"#, "invalidRequest"),
        (#"{"kind":"token","serial":".."}"#, "invalidRequest"), (#"{"kind":"mobile","pin":"abc"}"#, "invalidRequest"),
        (#"{"kind":"smartcard","holder":"\u0000\r\n"}"#, "invalidRequest"),
        (#"{"kind":"token","kind":"scan"}"#, "invalidRequest"), (#"{"kind":"token","model":"piv"}"#, "invalidRequest"),
        (#"{"kind":"smartcard","model":"eid"}"#, "invalidRequest"),
        (#"{"kind":"smartcard","model":"none"}"#, "invalidRequest"), (#"{"kind":"smartcard","model":"piv","pin":"12"}"#, "invalidRequest"),
        (#"{"kind":"smartcard","model":"piv","tries":0}"#, "invalidRequest"),
        (#"{"kind":"token","subscriber":"alice","order":"1"}"#, "invalidRequest"), (#"{"kind":"smartcard","holder":""}"#, "invalidRequest"),
    ])
    func `nonsense makes nothing`(json: String, code: String) async throws {
        try await OpenControl.lend { control in
            let refused = try await control.ask(.POST, "emulators", json)
            #expect(refused.status == 400 && refused.problem == code)
            #expect(control.emulators.all.isEmpty)
        }
    }

    @Test func `no serial number is there twice, and no more devices than may be`() async throws {
        try await OpenControl.lend(limit: 3) { control in
            _ = try await control.make(#"{"kind":"token","serial":"TOKEN-0002"}"#)
            #expect(try await control.ask(.POST, "emulators", #"{"kind":"scan","serial":"TOKEN-0002"}"#).problem == "serialTaken")
            #expect(try await control.make(#"{"kind":"token"}"#).id != "TOKEN-0002")
            _ = try await control.make(#"{"kind":"token"}"#)
            let refused = try await control.ask(.POST, "emulators", #"{"kind":"token"}"#)
            #expect(refused.status == 409 && refused.problem == "tooManyEmulators")
            #expect(try await control.ask(.DELETE, "emulators/TOKEN-0002").status == 204)
            _ = try await control.make(#"{"kind":"token"}"#)
        }
    }

    @Test func `many devices are made at the same time, each with a number of its own`() async throws {
        let emulators = try TestHall().emulators(limit: 40)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let kind = [EmulatorKind.token, .scan, .mobile][number % 3]
                group.addTask { _ = try? await emulators.make(EmulatorRecipe(kind, owner: .subscriber("person-\(number)"))) }
            }
            try await group.waitForAll()
        }
        #expect(emulators.all.count == 40)
        #expect(Set(emulators.all.map(\.id)).count == 40)
    }

    @Test func `an observer looks, and touches nothing`() async throws {
        try await OpenControl.lend(roles: [.observer]) { control in
            _ = try await control.emulators.make(EmulatorRecipe(.token))
            #expect(try await control.ask(.GET, "emulators").status == 200)
            #expect(try await control.ask(.GET, "emulators/TOKEN-0001").status == 200)
            for path in ["press", "accept", "pin", "snapshots"] {
                let refused = try await control.ask(.POST, "emulators/TOKEN-0001/\(path)")
                #expect(refused.status == 403 && refused.problem == "roleMissing")
            }
            #expect(try await control.ask(.DELETE, "emulators/TOKEN-0001").status == 403)
        }
        try await OpenControl.lend(roles: [.verifier, .administrator]) { control in
            let refused = try await control.ask(.GET, "emulators")
            #expect(refused.status == 403)
        }
    }

    @Test(arguments: ["production", "Test", ""])
    func `without a store for tests there is no mark`(storeMark: String) {
        #expect(TestMark(storeMark) == nil)
    }
}
