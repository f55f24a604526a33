import Foundation
import ISO7816
import PCSC

/// The service between programs and readers: library, daemon, socket, unit, and whether it answers.
struct ServiceChecks {
    let machine: Machine
    /// Where clients look for the daemon.
    let socket: String

    /// - Parameter environment: `PCSCLITE_CSOCK_NAME` says where the daemon is; pcsc-lite, `sys_unix.c`.
    init(machine: Machine, environment: [String: String]) {
        self.machine = machine
        socket = environment["PCSCLITE_CSOCK_NAME"] ?? "/run/pcscd/pcscd.comm"
    }

    /// What can be said without talking to it.
    func findings() async -> [Finding] {
        [.ok("PC/SC library", "libpcsclite \(PCSCLibrary.version)"), await daemon(), socketFinding] + (await unit().map { [$0] } ?? [])
    }

    private func daemon() async -> Finding {
        let check = "PC/SC daemon"
        guard let path = ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"].first(where: machine.exists) else {
            return .warning(check, "pcscd is not in its usual places", hint: "install it (Debian: \"apt-get install pcscd libccid\")")
        }
        guard let version = await machine.answer(of: path, ["--version"])?.split(separator: "\n").first else {
            return .warning(check, "\(path) does not say its version", hint: "run \"\(path) --version\" to see why")
        }
        return .ok(check, version.replacing("pcsc-lite version ", with: "pcscd ").trimmingCharacters(in: ["."]))
    }

    private var socketFinding: Finding {
        guard machine.exists(socket) else {
            return .failed("socket", "\(socket) is not there", hint: UsualReason.daemonAbsent.hint)
        }
        let detail = "\(socket), \(machine.rights(socket) ?? "rights unknown")"
        guard machine.mayWrite(socket) else {
            return .failed("socket", "\(detail), closed to this user", hint: "ask the administrator to let you connect to it")
        }
        return .ok("socket", detail)
    }

    /// What systemd says of its unit; `nil` where systemd does not run this machine.
    private func unit() async -> Finding? {
        guard machine.exists("/run/systemd/system"), machine.exists("/usr/bin/systemctl") else { return nil }
        let check = "systemd unit"
        guard let state = await machine.answer(of: "/usr/bin/systemctl", ["is-active", "pcscd.socket"]), !state.isEmpty else {
            return .warning(check, "systemctl does not answer", hint: "run \"systemctl status pcscd.socket\"")
        }
        if state == "active" { return .ok(check, "pcscd.socket is active") }
        return .warning(check, "pcscd.socket is \(state)", hint: "\"systemctl enable --now pcscd.socket\" starts it")
    }

    /// What became of asking it for its readers.
    static func answered(_ result: Result<[CardSlot], CardError>) -> Finding {
        switch result {
        case .success(let slots):
            let count = slots.isEmpty ? "no reader" : slots.count == 1 ? "one reader" : "\(slots.count) readers"
            return slots.isEmpty
                ? .warning("service", "it answers, and knows no reader", hint: UsualReason.noReader.hint)
                : .ok("service", "it answers, and knows \(count)")
        case .failure(let error): return .failed("service", error.description, hint: error.hint)
        }
    }
}
