import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

@testable import tessera

/// `tessera doctor`: on machines made of files, and with the real pcscd.
@Suite struct DoctorTests {
    /// A machine made of files: texts, and links by what they lead to.
    private func machine(_ files: [String: String] = [:], links: [String: String] = [:]) throws -> (Machine, Folder) {
        let folder = try Folder()
        for path in Array(files.keys) + Array(links.keys) {
            let parent = folder.url.appending(path: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        }
        for (path, text) in files { try folder.write(text, to: path) }
        for (path, target) in links {
            try FileManager.default.createSymbolicLink(atPath: folder.path(path), withDestinationPath: target)
        }
        return (Machine(root: folder.url), folder)
    }

    private static let plist = """
        <?xml version="1.0"?><plist version="1.0"><dict>
        <key>CFBundleShortVersionString</key><string>1.5.2</string>
        <key>ifdVendorID</key><array><string>0x08E6</string><string>0x04E6</string></array>
        <key>ifdProductID</key><array><string>0x3438</string><string>0x5116</string></array>
        </dict></plist>
        """
    private static let driver = ["usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist": plist]

    private func usb(_ port: String, id: (String, String), interface: String, product: String? = nil) -> [String: String] {
        let folder = "sys/bus/usb/devices/\(port)"
        var files = [
            "\(folder)/idVendor": id.0 + "\n", "\(folder)/idProduct": id.1 + "\n", "\(folder)/busnum": "1\n", "\(folder)/devnum": "7\n",
            "\(folder)/\(port):1.0/bInterfaceClass": interface + "\n", "dev/bus/usb/001/007": "",
        ]
        if let product { files["\(folder)/product"] = product + "\n" }
        return files
    }

    @Test func `a reader of the smartcard class is found, and whether a driver has taken it`() throws {
        let files = usb("1-1", id: ("abcd", "1234"), interface: "0b", product: "Desk Reader")
        let (free, _keep) = try machine(files.merging(Self.driver) { $1 })
        #expect(USBReaders(machine: free).readers().map(\.isTaken) == [false])
        let findings = USBReaders(machine: free).findings()
        #expect(findings.map(\.result) == [.ok, .warning])
        #expect(findings[0].detail == "ifd-ccid 1.5.2")
        #expect(findings[1].check == "USB reader abcd:1234")
        #expect(findings[1].detail.hasPrefix("Desk Reader, and no driver has taken it, /dev/bus/usb/001/007 "))
        let (taken, _also) = try machine(files, links: ["sys/bus/usb/devices/1-1/1-1:1.0/driver": "../../../bus/usb/drivers/usbfs"])
        #expect(USBReaders(machine: taken).readers().map(\.isTaken) == [true])
        withExtendedLifetime((_keep, _also)) {}
    }

    @Test func `a stick that hides its class is known by the driver's list, and a mouse is no reader`() throws {
        let stick = usb("1-2", id: ("08e6", "3438"), interface: "ff")
        let mouse = usb("1-3", id: ("046d", "c077"), interface: "03")
        let (machine, folder) = try machine(stick.merging(mouse) { $1 }.merging(Self.driver) { $1 })
        #expect(USBReaders(machine: machine).readers().map(\.id) == ["08e6:3438"])
        withExtendedLifetime(folder) {}
    }

    @Test func `no USB and no drivers are findings, not errors`() throws {
        let (machine, folder) = try machine()
        #expect(USBReaders(machine: machine).findings().map(\.result) == [.warning])
        withExtendedLifetime(folder) {}
    }

    @Test func `programs that use readers are named, and this one is not`() throws {
        let library = "7f00-7f01 r-xp 0 08:01 12 /usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0\n"
        let (machine, folder) = try machine([
            "proc/10/comm": "firefox-esr\n", "proc/10/maps": library, "proc/11/comm": "bash\n", "proc/11/maps": "nothing\n",
            "proc/12/comm": "scdaemon\n", "proc/13/comm": "pcscd\n", "proc/13/maps": library, "proc/14/comm": "tessera\n",
            "proc/14/maps": library, "proc/self/comm": "tessera\n",
            "proc/net/unix": """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000: 00000002 00000000 00010000 0001 01 111 /run/pcscd/pcscd.comm
            0000: 00000003 00000000 00000000 0001 03 112 /run/pcscd/pcscd.comm
            0000: 00000003 00000000 00000000 0001 03 113
            """,
        ])
        let others = OtherPrograms(machine: machine, own: 14)
        #expect(others.programs().map(\.name) == ["firefox-esr", "scdaemon"])
        #expect(others.connections(to: "/run/pcscd/pcscd.comm") == 1)
        let findings = others.findings(socket: "/run/pcscd/pcscd.comm")
        #expect(findings.map(\.result) == [.warning])
        #expect(findings[0].detail == "firefox-esr (10), scdaemon (12): may use readers, too")
        #expect(findings[0].hint?.contains("gpgconf --kill scdaemon") == true)
        withExtendedLifetime(folder) {}
    }

    @Test func `too little locked memory is a warning`() {
        #expect(OtherPrograms.lockedMemory(limit: 4096).result == .warning)
        #expect(OtherPrograms.lockedMemory(limit: 65_536).result == .ok)
        #expect(OtherPrograms.lockedMemory(limit: .max).detail == "no limit")
    }

    @Test func `a socket that is not there, and a program that is too slow`() async throws {
        let (machine, folder) = try machine()
        let findings = await ServiceChecks(machine: machine, environment: [:]).findings()
        #expect(findings.map(\.result) == [.ok, .warning, .failed])
        #expect(findings[2].detail == "/run/pcscd/pcscd.comm is not there")
        #expect(await Machine(patience: .milliseconds(50)).answer(of: "/bin/sleep", ["600"]) == nil)
        #expect(await Machine(patience: .patient).answer(of: "/bin/echo", ["hello"]) == "hello")
        #expect(await Machine().answer(of: "/nonexistent", []) == nil)
        withExtendedLifetime(folder) {}
    }

    private static let causes: [(CardError.Code, UsualReason, ProgramExit)] = [
        (.serviceAbsent, .daemonAbsent, .environment), (.accessDenied, .accessDenied, .environment),
        (.unresponsive, .muteCard, .environment), (.unknownCard, .unknownCard, .refused),
        (.heldByAnotherProgram, .heldByAnother, .environment), (.readerStuck, .stuck, .environment), (.serviceSilent, .stuck, .environment),
    ]

    @Test(arguments: causes.indices)
    func `each error is one of the usual reasons`(index: Int) {
        let (code, reason, exit) = Self.causes[index]
        #expect(UsualReason(CardError(code, "x")) == reason)
        #expect(reason.exit == exit)
    }

    @Test func `ten reasons, each a sentence with its own next step`() {
        #expect(UsualReason.allCases.count == 10)
        #expect(Set(UsualReason.allCases.map(\.sentence)).count == 10)
        #expect(UsualReason.allCases.allSatisfy { $0.hint.count > 15 && !$0.sentence.hasSuffix(".") })
    }

    @Test func `the reason is the one furthest on the way, and none when a card can be used`() {
        func outcome(_ reason: UsualReason?) -> CardChecks.Outcome {
            CardChecks.Outcome(reader: "R", findings: [], reason: reason, card: reason == nil ? "PIV" : nil)
        }
        func reason(_ outcomes: [UsualReason?], untaken: Bool = false) -> UsualReason? {
            Diagnosis.reason(slots: .success([]), outcomes: outcomes.map(outcome), untakenReader: untaken)
        }
        #expect(reason([]) == .noReader)
        #expect(reason([], untaken: true) == .readerWithoutDriver)
        #expect(reason([.noCard], untaken: true) == .readerWithoutDriver)
        #expect(reason([.noCard, .noCard]) == .noCard)
        #expect(reason([.noCard, .muteCard]) == .muteCard)
        #expect(reason([.heldByAnother, .noCard], untaken: true) == .heldByAnother)
        #expect(reason([.pinBlocked, .unknownCard]) == .pinBlocked)
        #expect(reason([.pinBlocked, nil]) == nil)
        #expect(Diagnosis.reason(slots: .failure(CardError(.accessDenied, "")), outcomes: [], untakenReader: true) == .accessDenied)
    }

    private struct Report: Decodable {
        struct Check: Decodable {
            let check: String
            let result: String
            let detail: String
            let hint: String?
        }
        let checks: [Check]
        let reason: String?
        let hint: String?
        let usable: [String]
    }

    @Test func `a card that can be used is found, at no cost`() async throws {
        try await PluggedCard.with { plugged in
            let outcome = try await plugged.run("doctor", "--json")
            #expect(outcome.status == 0, "\(outcome.text)")
            let report: Report = try outcome.json()
            #expect(report.reason == nil && report.usable.contains(plugged.reader))
            #expect(report.checks.allSatisfy { ($0.hint == nil) == ($0.result == "ok") })
            #expect(report.checks.contains { $0.check == "\(plugged.reader): PIV Card Application PIN" && $0.detail == "5 tries left" })
            let human = try await plugged.run("doctor")
            #expect(human.text.contains("\n\nA card can be used: ") && human.text.contains("PIV in \"\(plugged.reader)\""))
            #expect(human.complaints.isEmpty)
        }
    }

    @Test func `all readers are looked at, and an unknown one is told`() async throws {
        let service = try await PrivatePCSCD.start(readers: 1, isForThisProcess: false)
        let environment = ["PCSCLITE_CSOCK_NAME": service.socket]
        let empty: Report = try await Program.run("doctor", "--json", environment: environment).json()
        #expect(empty.reason == "noCard")
        for slot in service.slots { #expect(empty.checks.contains { $0.check == slot.reader && $0.detail == "no card" }) }
        try await PluggedCard.with(on: service) { plugged in
            let all: Report = try await Program.run("doctor", "--json", environment: environment).json()
            #expect(all.reason == nil && all.usable == [plugged.reader])
        }
        let unknown = try await Program.run("doctor", "--reader", "Nobody's", environment: environment)
        #expect(unknown.status == 3 && unknown.failure?.error == "no reader \"Nobody's\"")
    }

    @Test func `without pcscd it says so, and ends with 3`() async throws {
        let outcome = try await Program.run("doctor", "--json")
        #expect(outcome.status == 3)
        let report: Report = try outcome.json()
        #expect(report.reason == "daemonAbsent" && report.usable.isEmpty)
        #expect(report.hint?.contains("systemctl start pcscd.socket") == true)
    }

    @Test func `a held card and a blocked PIN are told of their reader`() async throws {
        try await PluggedCard.with(tries: 1) { plugged in
            _ = try await plugged.run("card", "verify", input: "y\n11111111\n")
            let blocked: Report = try await plugged.run("doctor", "--json").json()
            let pin = blocked.checks.first { $0.check == "\(plugged.reader): PIV Card Application PIN" }
            #expect(pin?.result == "failed" && pin?.hint?.contains("tessera card unblock") == true)
            #expect(!blocked.usable.contains(plugged.reader))
        }
        try await PluggedCard.with { plugged in
            try plugged.folder.write("x", to: "file")
            let holder = try RunningProgram(
                "card", "sign", "--reader", plugged.reader, plugged.folder.path("file"), environment: plugged.environment)
            #expect(await holder.says("PIN of "))
            let held: Report = try await plugged.run("doctor", "--json").json()
            let application = held.checks.first { $0.check == "\(plugged.reader): application" }
            #expect(application?.result == "failed")
            #expect(application?.detail.hasPrefix("another program holds the card") == true)
            #expect(held.checks.contains { $0.check == "other programs" && $0.detail.contains("tessera (") })
            holder.type(PluggedCard.pin + "\n")
            #expect(try await holder.end().status == 0)
        }
    }
}
