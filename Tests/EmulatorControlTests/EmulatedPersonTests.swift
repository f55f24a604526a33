import DeviceProtocol
import Emulation
import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import EmulatorControl

struct EmulatedPersonTests {
    private let summary = Summary(title: "Payment", lines: [.init("Amount", "12.50 EUR")])

    private func person(
        _ behaviour: Behaviour = .wait, pin: String = "135790", clock: any Clock<Duration> = ContinuousClock(),
        tell: @escaping @Sendable () -> Void = {}
    ) throws -> EmulatedPerson {
        try EmulatedPerson(behaviour, pin: pin, patience: .seconds(60), clock: clock, now: { Date(timeIntervalSince1970: 0) }, tell: tell)
    }

    private func request(
        _ wanted: PINRequest.Wanted = .present("PIN"), tries: Int? = 3, previousWasWrong: Bool = false
    ) -> PINRequest {
        PINRequest(summary: summary, device: "Card", triesLeft: tries, previousWasWrong: previousWasWrong, wanted: wanted)
    }

    @Test func `who responds agrees, types the PIN, and spends the last try`() async throws {
        let person = try person(.respond)
        try await person.consent(to: summary)
        #expect(try await person.typed(request()) == "135790")
        #expect(try await person.permitsLastTry(request(tries: 1)))
        #expect(person.prompt == nil)
    }

    @Test func `who responds does not type the same PIN a second time`() async throws {
        let person = try person(.respond)
        await #expect(throws: HolderError.unavailable) { _ = try await person.typed(request(previousWasWrong: true)) }
    }

    @Test func `who declines declines everything`() async throws {
        let person = try person(.decline)
        await #expect(throws: HolderError.declined) { try await person.consent(to: summary) }
        await #expect(throws: HolderError.declined) { _ = try await person.typed(request()) }
        #expect(try await person.permitsLastTry(request(tries: 1)) == false)
    }

    @Test(arguments: [("135790", "135791"), ("135799", "135790"), ("12345x", "123450")])
    func `who types a wrong PIN types one of the same form`(right: String, wrong: String) async throws {
        #expect(try await person(.wrongPIN, pin: right).typed(request()) == wrong)
    }

    @Test func `who types a wrong PIN chooses a new one that differs`() async throws {
        let person = try person(.wrongPIN)
        #expect(try await person.typed(request(.new("PIN", form: "6 digits"))) == "135790")
        #expect(try await person.typed(request(.newAgain("PIN"))) == "135791")
    }

    @Test func `a question for a PIN tells what it agrees to and how many tries are left`() async throws {
        let person = try person()
        let typed = Task { try await person.typed(request(previousWasWrong: true)) }
        #expect(await eventually { person.prompt != nil })
        let prompt = try #require(person.prompt)
        #expect(prompt.kind == .pin && prompt.name == "PIN" && prompt.triesLeft == 3 && prompt.previousWasWrong)
        #expect(prompt.summary == summary)
        #expect(prompt.endsAt == Date(timeIntervalSince1970: 60))
        try person.type(try SecretBytes.copying("2468".utf8), prompt.number)
        #expect(try await typed.value == "2468")
        #expect(person.prompt == nil)
    }

    @Test func `a yes is no PIN, and a PIN no yes`() async throws {
        let person = try person()
        let typed = Task { try await person.typed(request()) }
        #expect(await eventually { person.prompt?.kind == .pin })
        #expect(throws: EmulatorError.otherAnswerWanted("what is typed, and no yes")) { try person.accept() }
        try person.cancel()
        await #expect(throws: HolderError.cancelled) { _ = try await typed.value }
        let agreed = Task { try await person.consent(to: summary) }
        #expect(await eventually { person.prompt?.kind == .consent })
        #expect(throws: EmulatorError.otherAnswerWanted("a yes or no")) { try person.type(try SecretBytes.copying("1".utf8)) }
        try person.accept()
        try await agreed.value
    }

    @Test func `an answer to an earlier question is refused`() async throws {
        let person = try person()
        #expect(throws: EmulatorError.nothingAsked) { try person.accept() }
        let agreed = Task { try await person.consent(to: summary) }
        #expect(await eventually { person.prompt != nil })
        let number = try #require(person.prompt).number
        #expect(throws: EmulatorError.promptChanged) { try person.accept(number + 1) }
        try person.decline(number)
        await #expect(throws: HolderError.declined) { try await agreed.value }
    }

    @Test(arguments: ["", "12 456", "12345\u{7F}", String(repeating: "1", count: 33)])
    func `what can be no PIN answers nothing`(text: String) async throws {
        let person = try person()
        let typed = Task { try await person.typed(request()) }
        #expect(await eventually { person.prompt != nil })
        #expect(throws: EmulatorError.unsuitablePIN) { try person.type(try SecretBytes.copying(text.utf8)) }
        #expect(person.prompt != nil)
        try person.cancel()
        await #expect(throws: HolderError.cancelled) { _ = try await typed.value }
    }

    @Test func `a question has a deadline`() async throws {
        let clock = VirtualClock()
        let person = try person(clock: clock)
        await #expect(throws: HolderError.timedOut) { try await person.consent(to: summary) }
        #expect(clock.sleeps == [.seconds(60)])
        #expect(person.prompt == nil)
    }

    @Test func `a cancelled task asks no longer`() async throws {
        let person = try person()
        let task = Task { try await person.consent(to: summary) }
        #expect(await eventually { person.prompt != nil })
        task.cancel()
        await #expect(throws: HolderError.cancelled) { try await task.value }
        #expect(person.prompt == nil)
    }

    @Test func `another question ends the one before`() async throws {
        let person = try person()
        let first = Task { try await person.consent(to: summary) }
        #expect(await eventually { person.prompt?.number == 1 })
        let second = Task { try await person.consent(to: summary) }
        await #expect(throws: HolderError.cancelled) { try await first.value }
        #expect(person.prompt?.number == 2)
        try person.accept(2)
        try await second.value
    }

    @Test func `who begins to respond answers what waits`() async throws {
        let told = Mutex(0)
        let person = try person { told.withLock { $0 += 1 } }
        let typed = Task { try await person.typed(request()) }
        #expect(await eventually { person.prompt != nil })
        person.behave(.respond)
        #expect(try await typed.value == "135790")
        #expect(told.withLock { $0 } >= 3)
    }

    @Test func `a new PIN that was typed twice alike is known from then on`() async throws {
        let person = try person()
        for wanted in [PINRequest.Wanted.new("PIN", form: "6 digits"), .newAgain("PIN")] {
            let typed = Task { try await person.typed(request(wanted)) }
            #expect(await eventually { person.prompt != nil })
            try person.type(try SecretBytes.copying("864200".utf8))
            #expect(try await typed.value == "864200")
        }
        person.behave(.respond)
        #expect(try await person.typed(request()) == "864200")
    }

    @Test func `a new PIN that was typed twice and not alike is forgotten`() async throws {
        let person = try person()
        for (wanted, text) in [(PINRequest.Wanted.new("PIN", form: "6 digits"), "864200"), (.newAgain("PIN"), "864201")] {
            let typed = Task { try await person.typed(request(wanted)) }
            #expect(await eventually { person.prompt != nil })
            try person.type(try SecretBytes.copying(text.utf8))
            #expect(try await typed.value == text)
        }
        person.behave(.respond)
        #expect(try await person.typed(request()) == "135790")
    }
}

extension EmulatedPerson {
    /// What they type, as a text.
    func typed(_ request: PINRequest) async throws -> String {
        let digits = try await pin(for: request).takeBytes()
        return digits.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }
}
