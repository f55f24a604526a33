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
    }

    func run() async throws {
        if let ticket {
            guard !FileManager.default.fileExists(atPath: ticket) else {
                throw Failure("\"\(ticket)\" is there already", hint: "choose another name, or remove it", exit: .usage)
            }
            try InputFile.checkWritable(ticket)
        }
        let lock = try await StateLock.taking(bank)
        defer { lock.close() }
        let file = try await StateLock.opening(device)
        defer { file.close() }
        let phone = try EmulatedMobile(file: file, now: { Date() })
        var bankFile = try BankFile(stateFile: bank)
        guard bankFile.serial == phone.descriptor.id, var credential = bankFile.enrolment?.phone else {
            throw Failure("the bank knows no phone \(phone.descriptor.id)", hint: "name the bank that it is paired with", exit: .refused)
        }
        var random = SystemRandomNumberGenerator()
        let new = off ? nil : RestoreTicket(device: phone.descriptor.id, using: &random)
        credential.keep(new)
        bankFile.enrolment?.phone = credential
        try bankFile.write(stateFile: bank)
        try phone.keep(new)
        if let ticket, let new { try InputFile.write(Array(OutputOptions.json(new).utf8) + [0x0A], to: ticket, isPrivate: true) }
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
    }

    func run() async throws {
        try options.checkNames(new: [options.device])
        let known = try InputFile.read(ticket)
        guard let ticket = try? JSONDecoder().decode(RestoreTicket.self, from: Data(known)) else {
            throw Failure("\"\(self.ticket)\" is no ticket", hint: "name the file that \"tessera mobile backup\" wrote", exit: .usage)
        }
        let lock = try await StateLock.taking(options.bank)
        defer { lock.close() }
        var bank = try BankFile(stateFile: options.bank)
        var random = SystemRandomNumberGenerator()
        let serial = try DeviceID(options.serial ?? "MOBILE-" + ChallengeID(using: &random).description.prefix(8).uppercased())
        var credential = bank.enrolment?.phone
        let isRight = bank.serial == ticket.device && serial != ticket.device && credential?.takes(ticket, at: Date()) == true
        bank.enrolment?.phone = credential
        try bank.write(stateFile: options.bank)
        guard isRight else {
            throw Failure("this phone cannot be restored with this ticket", hint: "pair the new phone as a new device", exit: .refused)
        }
        let (mobile, record, _) = try phone.manufacture(serial, bank.scanIssuer().identity, at: options.device)
        let dialogue = PairingDialogue(options: options, answerKey: mobile.answerKey)
        // The bank's one file replaces the old phone's keys by the new one's: that is its transaction.
        let report = try await dialogue.run(&bank, record) { step, text in
            step == .serial ? serial.rawValue : try await mobile.silentCode(for: text, pinFile: phone.pinFile)
        }
        try options.output.print(report) { "Phone \(serial) in \(report.device) takes the place of \(ticket.device)." }
    }
}
