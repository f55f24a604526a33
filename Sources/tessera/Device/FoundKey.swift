import DeviceProtocol
import Foundation
import OATH
import PSKC
import Verification

/// A key of a container that a product of ours can hold.
struct FoundKey {
    let device: DeviceID
    let registration: Enrolments.Registration
    /// Where it stands in the file.
    let line: Int

    /// - Throws: ``Failure`` that names serial number and line: no serial number or secret, another kind of codes than the product's, rules
    ///   that are not understood, a key whose time is over or has not come.
    init(_ package: KeyPackage, line: Int, as profile: ProductProfile, at now: Date) throws {
        let name = (package.device?.serialNumber ?? package.key?.id ?? "a key") + ", line \(line)"
        func refused(_ reason: String, _ hint: String) -> Failure {
            Failure("\(name): \(reason)", hint: "\(hint); nothing was enrolled", exit: .refused)
        }
        guard let serial = package.device?.serialNumber, let device = DeviceID(rawValue: serial) else {
            throw refused("the key has no serial number that a device can have", "ask its maker")
        }
        guard let key = package.key, let secret = key.secret else { throw refused("there is no secret", "ask its maker") }
        guard key.policy?.unknownRules.isEmpty ?? true else {
            throw refused("the key has rules that are not understood", "ask its maker for one without")
        }
        guard [nil, .local].contains(key.policy?.pin?.usageMode) else {
            throw refused("its codes go with a PIN that only the maker knows how to check (PINUsageMode)", "ask its maker for one without")
        }
        guard key.policy?.numberOfTransactions == nil else {
            throw refused("the key is good for a number of codes only (NumberOfTransactions)", "ask its maker for one without that rule")
        }
        guard key.hasPlainCodes else { throw refused("its codes are not plain decimal digits", "ask its maker") }
        let start = [key.policy?.startDate, package.device?.startDate].compactMap(\.self).max() ?? .distantPast
        guard start <= now, now < package.expiry ?? .distantFuture else {
            throw refused("the key is not valid now", "take it out of the file")
        }
        guard key.policy?.allows(.otp, at: now) ?? true else {
            throw refused("the key is not for one-time codes (KeyUsage)", "take it out of the file")
        }
        switch profile.method {
        case .timedCode(let shape):
            guard let codes = try? key.totp(), codes.digits == shape.digits, codes.algorithm == shape.algorithm,
                .seconds(Int64(key.timeInterval ?? 30)) == shape.step, key.time ?? 0 == 0
            else { throw refused("its codes are not those of a \"\(profile.id)\"", "name the product with --as") }
            registration = .seed(secret)
        case .countedCode(let shape):
            guard let codes = try? key.hotp(), codes.digits == shape.digits, codes.algorithm == shape.algorithm else {
                throw refused("its codes are not those of a \"\(profile.id)\"", "name the product with --as")
            }
            registration = .countedSeed(secret, counter: key.counter ?? 0)
        case .scanCode, .signature:
            throw refused("a \"\(profile.id)\" is not enrolled with a key alone", "name the product with --as")
        }
        self.device = device
        self.line = line
    }
}

/// Whose each device is: one `serial,user ID` a line.
enum OwnersFile {
    /// Reads a file; a first line `serial,user` is its head.
    ///
    /// - Throws: ``Failure`` with the line's number.
    static func read(_ name: String) throws -> [DeviceID: SubscriberID] {
        guard let text = String(validating: try InputFile.read(name), as: UTF8.self) else {
            throw Failure("\"\(name)\" is not in UTF-8", hint: "write it in UTF-8", exit: .usage)
        }
        var owners: [DeviceID: SubscriberID] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() where !line.isEmpty {
            let parts = line.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            if index == 0, parts == ["serial", "user"] { continue }
            guard parts.count == 2, !line.contains("\""), let device = DeviceID(rawValue: parts[0]),
                let subscriber = SubscriberID(rawValue: parts[1])
            else {
                throw Failure(
                    "line \(index + 1) of \"\(name)\" is not \"serial,user ID\"", hint: "write one device a line, without quotation marks",
                    exit: .usage)
            }
            guard owners.updateValue(subscriber, forKey: device) == nil else {
                throw Failure(
                    "line \(index + 1) of \"\(name)\" names \(device) again", hint: "a device has one owner: take a line out", exit: .usage)
            }
        }
        return owners
    }
}
