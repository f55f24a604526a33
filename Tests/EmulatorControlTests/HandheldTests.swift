import DeviceProtocol
import EmulatorControl
import Foundation
import Pictures
import ScanChallenge
import TestSupport
import Testing

struct HandheldTests {
    @Test func `a Token shows a code when it is pressed, and the bank takes it`() async throws {
        try await OpenControl.lend { control in
            #expect(try await control.make(#"{"kind":"token","subscriber":"alice"}"#).token?.isLit == false)
            let (id, _) = try await control.hall.payment("TOKEN-0001")
            let token = try #require(try await control.ask(.POST, "emulators/TOKEN-0001/press").seen().token)
            #expect(token.isLit && (1...30).contains(token.secondsLeft ?? 0) && (token.darkIn ?? 0) > 0)
            #expect(try await control.hall.verdict(on: .code(token.code ?? ""), to: id) == "succeeded")
        }
    }

    @Test func `a Token's clock goes astray, and its battery dies`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"token","subscriber":"alice"}"#)
            let set = try await control.ask(.PUT, "emulators/TOKEN-0001/clock", #"{"offset":-86400,"drift":2.5}"#).seen()
            #expect(set.clock?.drift == 2.5 && abs((set.clock?.offset ?? 0) + 86400) < 1)
            let (id, _) = try await control.hall.payment("TOKEN-0001")
            let token = try #require(try await control.ask(.POST, "emulators/TOKEN-0001/press").seen().token)
            #expect(try await control.hall.verdict(on: .code(token.code ?? ""), to: id) != "succeeded")
            let dead = try await control.ask(.PUT, "emulators/TOKEN-0001/power", #"{"isOn":false}"#).seen()
            #expect(dead.token?.hasPower == false && dead.token?.isLit == false && dead.token?.code == nil)
            for clock in [#"{"offset":1e300}"#, #"{"drift":1e300}"#, #"{"hours":1}"#] {
                #expect(try await control.ask(.PUT, "emulators/TOKEN-0001/clock", clock).status == 400)
            }
        }
    }

    @Test func `a Scan reads the picture of a QR code, shows the payment, and gives the code on a yes`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice"}"#)
            let (id, presentation) = try await control.hall.payment("SCAN-0001")
            let png = try QRCode(encoding: presentation.text).png()
            let asks = try await control.ask(.POST, "emulators/SCAN-0001/look", bytes: png, as: "image/png").seen()
            #expect(asks.prompt?.kind == "consent" && asks.screen?.shows == "summary")
            #expect(asks.screen?.lines.contains("Amount: 12.50 EUR") == true)
            #expect(try await control.ask(.GET, "emulators/SCAN-0001/answer").problem == "noAnswer")
            let number = try #require(asks.prompt).number
            #expect(try await control.ask(.POST, "emulators/SCAN-0001/accept?prompt=\(number + 1)").problem == "promptChanged")
            #expect(try await control.ask(.POST, "emulators/SCAN-0001/accept?prompt=\(number)").status == 200)
            let code = try #require(try await control.answer(of: "SCAN-0001").code)
            #expect(try await control.hall.verdict(on: .code(code), to: id) == "succeeded")
            #expect(try await control.ask(.GET, "emulators/SCAN-0001").seen().screen?.shows == "code")
        }
    }

    @Test func `what a Scan refuses it says on its screen, and outside in one word`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice","behaviour":"respond"}"#)
            let foreign = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"https://example.com"}"#).seen()
            #expect(foreign.screen?.shows == "refused" && foreign.screen?.reason == "notAChallenge")
            #expect(foreign.answer?.failure?.code == "challengeRefused")
            let other = try await control.hall.payment("SCAN-0001")
            let forged = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"\#(other.presentation.text.dropLast(6))"}"#)
            #expect(try forged.seen().screen?.shows == "refused")
        }
    }

    @Test func `a picture without a code, or none at all, is looked at in vain`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan"}"#)
            _ = try await control.make(#"{"kind":"token"}"#)
            let path = "emulators/SCAN-0001/look"
            let noise = try await control.ask(.POST, path, bytes: Array("no picture".utf8), as: "image/png")
            #expect(noise.status == 422 && noise.problem == "unreadablePicture")
            let secretImage = try #require(SecretPicture.all.first).png()
            #expect(try await control.ask(.POST, path, bytes: secretImage, as: "image/png").problem == "noCode")
            #expect(try await control.ask(.POST, path, "text", as: "text/html").status == 415)
            #expect(try await control.ask(.POST, "\(path)?online=true", #"{"text":"SC1:"}"#).problem == "notSupported")
            #expect(try await control.ask(.POST, "emulators/TOKEN-0001/look", #"{"text":"SC1:"}"#).problem == "notSupported")
        }
    }

    @Test(arguments: [("respond", "succeeded"), ("wrongPIN", "refused")])
    func `a phone answers as its person does, and only the bank can tell a wrong PIN`(behaviour: String, verdict: String) async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"mobile","subscriber":"alice","behaviour":"\#(behaviour)","pin":"864209"}"#)
            let (id, presentation) = try await control.hall.payment("MOBILE-0001")
            let seen = try await control.ask(.POST, "emulators/MOBILE-0001/look", #"{"text":"\#(presentation.text)"}"#).seen()
            let code = try #require(seen.answer?.code)
            let outcome = try await control.hall.verdict(on: .code(code), to: id)
            #expect((outcome == "succeeded") == (verdict == "succeeded"))
        }
    }

    @Test func `a phone's online answer has a signature beside the code`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"mobile","subscriber":"alice"}"#)
            let (id, presentation) = try await control.hall.payment("MOBILE-0001")
            let asks = try await control.ask(.POST, "emulators/MOBILE-0001/look?online=true", #"{"text":"\#(presentation.text)"}"#).seen()
            #expect(asks.prompt?.kind == "pin" && asks.prompt?.triesLeft == nil)
            #expect(try await control.ask(.POST, "emulators/MOBILE-0001/accept").problem == "otherAnswerWanted")
            #expect(try await control.ask(.POST, "emulators/MOBILE-0001/pin", "123456", as: "text/plain").status == 200)
            let answer = try await control.answer(of: "MOBILE-0001")
            let response = Response.signedCode(try #require(answer.code), signature: Array(try #require(answer.signature)))
            #expect(try await control.hall.verdict(on: response, to: id) == "succeeded")
        }
    }

    @Test(arguments: ["decline", "wait"])
    func `a no and a cancelled look are two different answers`(behaviour: String) async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice","behaviour":"\#(behaviour)"}"#)
            let (_, presentation) = try await control.hall.payment("SCAN-0001")
            _ = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"\#(presentation.text)"}"#)
            if behaviour == "wait" { #expect(try await control.ask(.POST, "emulators/SCAN-0001/cancel").status == 200) }
            let failure = try await control.answer(of: "SCAN-0001").failure
            #expect(failure?.code == (behaviour == "wait" ? "cancelled" : "declined"))
        }
    }

    @Test func `a second look takes the place of the first`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice"}"#)
            for _ in 0..<3 {
                let (_, presentation) = try await control.hall.payment("SCAN-0001")
                let asks = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"\#(presentation.text)"}"#).seen()
                #expect(asks.prompt?.kind == "consent" && asks.screen?.shows == "summary" && asks.answer == nil)
            }
        }
    }

    @Test func `a phone is paired by two QR codes, with a PIN that is typed twice`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"mobile","order":"order-1"}"#)
            let made = try #require(control.hall.orders.first).made
            guard case .mobile(let record, let answerKey) = made.secrets else { throw TestHall.NoMark() }
            var random = SystemRandomNumberGenerator()
            var pairing = try ScanPairing(
                record, enrolment: "order-1", sequence: #require(ScanSequence(bytes: [0, 0, 0, 0, 0, 1])), issuer: control.hall.issuer,
                using: &random)
            let path = "emulators/MOBILE-0001"
            #expect(try await control.ask(.POST, "\(path)/look", #"{"text":"\#(pairing.offer)"}"#).seen().prompt?.kind == "consent")
            #expect(try await control.ask(.POST, "\(path)/accept").status == 200)
            let first = try #require(try await control.answer(of: "MOBILE-0001").code)
            #expect(try pairing.take(firstCode: first, issuer: control.hall.issuer) == .accepted)
            let confirmation = try #require(pairing.confirmation)
            #expect(try await control.ask(.POST, "\(path)/look", #"{"text":"\#(confirmation)"}"#).seen().prompt?.kind == "newPIN")
            #expect(try await control.ask(.POST, "\(path)/pin", "864209", as: "application/octet-stream").status == 200)
            #expect(await eventually { control.emulators.all.first?.person.prompt?.kind == .newPINAgain })
            #expect(try await control.ask(.POST, "\(path)/pin", "864209", as: "application/octet-stream").status == 200)
            let second = try #require(try await control.answer(of: "MOBILE-0001").code)
            #expect(pairing.take(secondCode: second, answerKey: answerKey) == .accepted)
            #expect(pairing.take(serial: "MOBILE-0001") == .accepted)
        }
    }

    @Test func `a question ends at its deadline`() async throws {
        try await OpenControl.lend(clock: ImpatientClock()) { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice"}"#)
            let (_, presentation) = try await control.hall.payment("SCAN-0001")
            _ = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"\#(presentation.text)"}"#)
            #expect(try await control.answer(of: "SCAN-0001").failure?.code == "timedOut")
        }
    }

    @Test func `a copy brings back what was spent`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice","behaviour":"respond"}"#)
            let path = "emulators/SCAN-0001"
            #expect(try await control.ask(.POST, "\(path)/snapshots").text.contains("\"number\":1"))
            let payments = [try await control.hall.payment("SCAN-0001"), try await control.hall.payment("SCAN-0001")]
            func look(_ index: Int) async throws -> Seen {
                try await control.ask(.POST, "\(path)/look", #"{"text":"\#(payments[index].presentation.text)"}"#).seen()
            }
            #expect(try await look(1).screen?.shows == "code")
            #expect(try await look(0).screen?.reason == "alreadyUsed")
            #expect(try await control.ask(.POST, "\(path)/restore", #"{"snapshot":2}"#).problem == "noSuchSnapshot")
            #expect(try await control.ask(.POST, "\(path)/restore", #"{"snapshot":1}"#).seen().screen?.shows == "idle")
            #expect(try await look(0).screen?.shows == "code")
            for _ in 0..<9 { _ = try await control.ask(.POST, "\(path)/snapshots") }
            #expect(try await control.ask(.GET, "\(path)/snapshots").text.components(separatedBy: "takenAt").count == 9)
        }
    }
}

extension OpenControl {
    /// What a device's last look gave, once it is over.
    func answer(of id: String) async throws -> Seen.Outcome {
        var answer: Seen.Outcome?
        let isThere = try await eventually {
            answer = try await ask(.GET, "emulators/\(id)").seen().answer
            return answer != nil
        }
        #expect(isThere)
        return try #require(answer)
    }
}

/// A clock on which every wait is over at once.
struct ImpatientClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { .now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}
