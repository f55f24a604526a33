import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge
import Verification

/// `tessera mobile backup`: switches a phone's backup on or off.
struct MobileBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Switch a phone's backup on, and write its ticket; or off.",
        discussion: """
            The ticket holds no keys: with it another phone may ask the bank for new ones.
            Without it, restoring is impossible.

            Examples:
              tessera mobile backup --bank bank.json --device phone.json \\
                --ticket ticket.json
              tessera mobile backup --bank bank.json --device phone.json --off
            """)

    @Option(help: "The bank's file.", completion: .file())
    var bank: String
    @Option(help: "The phone's file.", completion: .file())
    var device: String
    @Option(help: "The file for the ticket.", completion: .file())
    var ticket: String?
    @Flag(help: "Switch the backup off: no ticket counts any more.")
    var off = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard off == (ticket == nil) else { throw ValidationError("Give --ticket FILE or --off.") }
        guard ticket.map(InputFile.isStandardOutput) != true else { throw ValidationError("A ticket is kept in a file: give it a name.") }
    }

    func run() async throws {
        if let ticket {
            guard !FileManager.default.fileExists(atPath: ticket) else { throw Failure.exists(ticket) }
            try InputFile.checkWritable(ticket)
        }
        let place = try await OpenBank.opening(bank)
        defer { place.close() }
        let file = try await StateLock.opening(device)
        defer { file.close() }
        let phone = try EmulatedMobile(file: file, now: { Date() })
        var bankFile = try place.read()
        guard bankFile.serial == phone.descriptor.id, var credential = bankFile.enrolment?.phone else {
            throw Failure("the bank knows no phone \(phone.descriptor.id)", hint: "name the bank that it is paired with", exit: .refused)
        }
        var random = SystemRandomNumberGenerator()
        let new = off ? nil : RestoreTicket(device: phone.descriptor.id, using: &random)
        credential.keep(new)
        bankFile.enrolment?.phone = credential
        // The bank comes last: until it knows the new ticket, the former one counts, whatever fails or whoever is killed.
        if let ticket, let new {
            try InputFile.write(Array(OutputOptions.json(new).utf8) + [0x0A], to: ticket, isPrivate: true, isNew: true)
        }
        let former = phone.backup
        do {
            do throws(DeviceError) { try phone.keep(new) } catch { throw Failure(error, EmulatedMobile.word, phone.screen) }
            try place.write(bankFile)
        } catch {
            // A write that failed may have taken its place all the same: then the new ticket is the one that counts.
            if let now = try? place.read().enrolment?.phone, now != credential {
                try? phone.keep(former)
                if let ticket { try? FileManager.default.removeItem(atPath: ticket) }
            }
            throw error
        }
        try output.print(["backup": !off]) { off ? "The backup is off." : "The backup is on. The ticket is in \(ticket ?? "")." }
    }
}

/// `tessera mobile restore`: a new phone in the place of the one that a ticket names.
struct MobileRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a new phone that takes the place of the one that a ticket names.",
        discussion: """
            The new phone gets new keys and a PIN of its own; the old one's answers are
            refused from then on. The ticket counts once.

            Examples:
              tessera mobile restore --bank bank.json --device new.json \\
                --ticket ticket.json
              tessera mobile restore --bank bank.json --device new.json \\
                --ticket ticket.json --pin-file pin
            """)

    @OptionGroup var options: PairingOptions
    @OptionGroup var phone: PhoneOptions
    @Option(help: "The file with the ticket.", completion: .file())
    var ticket: String

    func validate() throws {
        guard !options.byHand else { throw ValidationError("Restoring is online: it goes without --by-hand.") }
        guard ticket != "-" || phone.pin.isGiven && phone.pin.pinFile != "-" else {
            throw ValidationError("Standard input is the ticket, so no PIN can come from there: add --pin-file FILE.")
        }
    }

    func run() async throws {
        try options.checkNames(new: [options.device])
        let known = try InputFile.read(ticket)
        guard let ticket = try? JSONDecoder().decode(RestoreTicket.self, from: Data(known)) else {
            throw Failure("\"\(self.ticket)\" is no ticket", hint: "name the file that \"tessera mobile backup\" wrote", exit: .usage)
        }
        let person = SilentPerson(pin: try phone.pin.known())
        let place = try await OpenBank.opening(options.bank)
        defer { place.close() }
        var bank = try place.read()
        var random = SystemRandomNumberGenerator()
        let serial = try DeviceID(options.serial ?? "MOBILE-" + ChallengeID(using: &random).description.prefix(8).uppercased())
        var credential = bank.enrolment?.phone
        let isRight = bank.serial == ticket.device && serial != ticket.device && credential?.takes(ticket, at: Date()) == true
        bank.enrolment?.phone = credential
        try place.write(bank)
        guard isRight else {
            throw Failure("this phone cannot be restored with this ticket", hint: "pair the new phone as a new device", exit: .refused)
        }
        let file = try DeviceStateFile.create(at: options.device)
        let report: PairingDialogue.Report
        do {
            let (mobile, record) = try phone.manufacture(serial, bank.scanIssuer().identity, in: file)
            let dialogue = PairingDialogue(options: options, file: place, answerKey: mobile.answerKey)
            // The bank's one file replaces the old phone's keys by the new one's: that is its transaction.
            report = try await dialogue.run(&bank, record) { step, text in
                step == .serial ? serial.rawValue : try await mobile.silentCode(for: text, by: person)
            }
        } catch {
            // Unless the bank knows the new phone, its file would only block the next attempt, for which the ticket still counts.
            if let now = try? place.read(), now.serial != serial { try? FileManager.default.removeItem(atPath: options.device) }
            throw error
        }
        try options.output.print(report) { "Phone \(serial) in \(report.device) takes the place of \(ticket.device)." }
    }
}
