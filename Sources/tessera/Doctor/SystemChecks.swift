import Foundation

/// What a bridge needs of the machine besides readers: somebody who asks for a PIN, polkit's leave, a clock that is right.
struct SystemChecks {
    let machine: Machine
    let now: Date
    /// The pinentry programs that are wanted; `nil` where nobody said so.
    let programs: [String]?

    func findings() async -> [Finding] { await pinentries() + [polkit(), await clock()] }

    // MARK: pinentry

    /// Each that is wanted: whether it is there, may be run, and answers.
    func pinentries() async -> [Finding] {
        guard let programs else {
            guard let usual = machine.program("pinentry") else {
                return [.ok("pinentry", "none is installed; PINs are asked for on the terminal")]
            }
            return [await pinentry(usual)]
        }
        var findings: [Finding] = []
        for program in programs { findings.append(await pinentry(program)) }
        return findings
    }

    /// Which flavour it is, as it says itself; Assuan's GETINFO, which asks nobody anything.
    private func pinentry(_ name: String) async -> Finding {
        let check = "pinentry"
        guard let path = machine.program(name) else {
            return .warning(
                check, "there is no \"\(name)\"", hint: "\"apt-get install pinentry-curses\", or pinentry-gnome3, or pinentry-qt")
        }
        guard machine.mayRun(path) else {
            return .warning(check, "\(path) cannot be run by this user", hint: "\"chmod +x \(path)\", if it is a pinentry")
        }
        let said = await machine.answer(of: path, [], input: "GETINFO flavor\nGETINFO version\nBYE\n") ?? ""
        let facts = said.split(separator: "\n").filter { $0.hasPrefix("D ") }.map { String($0.dropFirst(2)) }
        guard said.hasPrefix("OK"), !facts.isEmpty else {
            return .warning(check, "\(path) does not start", hint: "run \"\(path)\" to see why; it should say OK")
        }
        return .ok(check, "\(path): \(facts.joined(separator: " "))")
    }

    // MARK: polkit

    static let policy = "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
    static let rules = "/etc/polkit-1/rules.d"

    /// Whether a service without a session may use pcscd; "tessera readers" shows whether this user may.
    private func polkit() -> Finding {
        let check = "polkit"
        guard machine.exists(Self.policy) else {
            return .ok(check, "the PC/SC daemon has no policy: whoever reaches its socket may use it")
        }
        let hasUser = machine.text("/etc/passwd")?.split(separator: "\n").contains { $0.hasPrefix("tessera:") } ?? false
        guard hasUser else { return .ok(check, "it asks polkit; who sits at this machine may use it") }
        let rule = "\(Self.rules)/50-tessera.rules"
        if machine.exists(rule) { return .ok(check, "it asks polkit, and the rule for the user tessera is there") }
        guard machine.mayList(Self.rules) else { return .ok(check, "it asks polkit; this user may not see the rule for the user tessera") }
        return .warning(check, "the user tessera may not use it", hint: "\"cp udev/polkit/50-tessera.rules \(Self.rules)/\"")
    }

    // MARK: Clock

    /// No day before it can be: 2026-01-01, 00:00 UTC.
    static let earliest = Date(timeIntervalSince1970: 1_767_225_600)
    /// No day after it is believed: 2100-01-01, 00:00 UTC.
    static let latest = Date(timeIntervalSince1970: 4_102_444_800)

    /// Codes of a Token are right for a minute or so, and challenges end: a clock that is wrong refuses everybody.
    private func clock() async -> Finding {
        let check = "clock"
        let text = now.formatted(.iso8601)
        guard now >= Self.earliest, now < Self.latest else {
            return .failed(check, "\(text) cannot be", hint: "\"timedatectl set-ntp true\", or \"date -s\"")
        }
        if let apart = hardwareClock(), abs(apart) > 60 {
            return .warning(
                check, "\(text), and the machine's own clock is \(Int(abs(apart))) s \(apart > 0 ? "ahead" : "behind")",
                hint: "\"timedatectl\" shows both; \"hwclock --systohc\" sets the machine's own")
        }
        guard machine.exists("/run/systemd/system"), let program = machine.program("timedatectl"),
            let answer = await machine.answer(of: program, ["show", "--property=NTPSynchronized", "--value"]), !answer.isEmpty
        else { return .ok(check, "\(text); nobody here says whether it is synchronised") }
        if answer == "yes" { return .ok(check, "\(text), synchronised") }
        return .warning(check, "\(text), not synchronised", hint: "\"timedatectl set-ntp true\"")
    }

    /// How far the clock on the board is ahead, in seconds; `nil` without one, and where it keeps local time (hwclock(8)).
    private func hardwareClock() -> TimeInterval? {
        let isLocal = machine.text("/etc/adjtime")?.split(separator: "\n").last == "LOCAL"
        guard !isLocal, let text = machine.text("/sys/class/rtc/rtc0/since_epoch"), let seconds = TimeInterval(text) else { return nil }
        return seconds - now.timeIntervalSince1970
    }
}
