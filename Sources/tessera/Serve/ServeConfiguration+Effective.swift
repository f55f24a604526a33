import DeviceProtocol
import Foundation
import HTTPDoor
import Logging
import ScanChallenge
import Verification

// Option before file before default; what nobody can mean is refused here, before a door is opened.

extension ServeConfiguration {
    /// What would be in force, and all that is wrong with it: then it has harmless values there, and nothing may be served.
    struct Draft {
        let configuration: ServeConfiguration
        let problems: [ServeConfigurationError]

        /// The configuration, when nothing is wrong with it.
        func approved() throws(ServeConfigurationErrors) -> ServeConfiguration {
            if let errors = ServeConfigurationErrors(problems) { throw errors }
            return configuration
        }
    }

    /// What is in force, of the options, the file that they or ``Surroundings/usualFile`` name, and the defaults.
    ///
    /// Nothing is read but that file; ``ConfigurationChecks`` looks at what it names.
    static func effective(_ options: ServeOptions, in surroundings: Surroundings) throws(ServeConfigurationErrors) -> ServeConfiguration {
        try draft(options, in: surroundings).approved()
    }

    /// The same, with all that is wrong.
    ///
    /// - Throws: ``ServeConfigurationErrors`` where nothing of the file can be read.
    static func draft(_ options: ServeOptions, in surroundings: Surroundings) throws(ServeConfigurationErrors) -> Draft {
        if let name = options.configuration { return draft(options, try .read(name), named: name, in: surroundings) }
        guard let usual = surroundings.usualFile, FileManager.default.fileExists(atPath: usual) else {
            return draft(options, ServeConfigurationFile(), named: nil, in: surroundings)
        }
        return draft(options, try .read(usual), named: usual, in: surroundings)
    }

    /// The same of a file that was read already.
    ///
    /// - Parameter name: the file's; what it names is looked for beside it.
    static func draft(
        _ options: ServeOptions, _ file: ServeConfigurationFile, named name: String?, in surroundings: Surroundings
    ) -> Draft {
        var choice = SettingChoice(file: name, problems: file.problems)
        let sockets = surroundings.runtimeFolder
        let socket = choice.neededPath(
            "socket", options.socket.map(Self.absolute), file.socket, else: sockets.map { "\($0)/bridge.sock" },
            mend: "give --socket, or set XDG_RUNTIME_DIR")
        let node = choice.take("node", options.node, file.node, else: surroundings.hostName)
        if !(1...64).contains(node.utf8.count) || !node.utf8.allSatisfy(Self.isNameByte) {
            choice.note(
                .init(
                    .unsuitable, "node", "\"\(node)\" names no daemon",
                    hint: "give --node 1 to 64 letters, digits, dots, dashes or underscores"))
        }
        let peers = peers(options, file, &choice, surroundings)
        let loopback = loopback(options, file, &choice)
        let tls = tls(file, &choice)
        let store = store(options, file, &choice)
        let isTest = store.mark == .test
        let emulators = emulators(options, file, &choice, sockets, isTest: isTest)
        // What a store for production needs is not missed while nobody knows which it is to be.
        let needsSecrets = !isTest && !choice.isUnread("store.test")
        let origin = choice.find("origin", options.origin, file.origin, else: isTest ? "localhost" : nil)
        if origin == nil, needsSecrets {
            choice.note(
                .init(.missing, "origin", "every challenge says who asks", hint: "give --origin with the bank's name on the network"))
        }
        let issuerKey = choice.path("issuer.key", options.issuerKey, file.issuer?.value.key)
        if issuerKey == nil, file.issuer != nil {
            choice.note(.init(.missing, "issuer.key", "nothing would be sealed", hint: "name the file of its key, or leave \"issuer\" out"))
        }
        let issuerID = issuerKey.map { _ in choice.take("issuer.id", nil, file.issuer?.value.id, else: origin ?? "") }
        // Emulated devices have an issuer in any case, of the origin's name.
        check(origin: origin, issuer: issuerID ?? (emulators == nil ? nil : origin), &choice)
        let decoyKey = choice.path("decoyKey", options.decoyKeyFile, file.decoyKey)
        if decoyKey == nil, needsSecrets {
            choice.note(
                .init(
                    .missing, "decoyKey", "strangers would tell themselves apart",
                    hint: "\"openssl rand -hex 32 > FILE\", then --decoy-key-file FILE"))
        }
        let roots = choice.paths("roots", options.root, file.roots)
        let rules = choice.path("rules", options.rules, file.rules)
        let auditKeys = choice.paths("auditKeys", [], file.auditKeys)
        let admitsRetired = choice.take("admitRetired", options.admitRetired ? true : nil, file.admitRetired, else: false)
        let authentication = authentication(file, &choice)
        let (revocation, blocking) = (revocation(file, &choice), blocking(file, &choice))
        let pinEntry = pinEntry(options, file, &choice)
        let log = log(options, file, &choice)
        let limits = limits(file, &choice)
        let made = ServeConfiguration(
            file: name, socket: socket, node: node, peers: peers,
            socketMode: peers.keys.allSatisfy { $0 == surroundings.userID } ? 0o600 : 0o660, loopback: loopback, tls: tls,
            emulators: emulators, store: store, origin: origin ?? "",
            issuer: issuerKey.flatMap { key in issuerID.map { Issuer(id: $0, key: key) } }, decoyKey: decoyKey, roots: roots,
            admitsRetired: admitsRetired, rules: rules, auditKeys: auditKeys, authentication: authentication, revocation: revocation,
            blocking: blocking, pinEntry: pinEntry, log: log, limits: limits, settings: choice.settings)
        return Draft(configuration: made, problems: choice.problems)
    }

    private static func store(_ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> StoreSource {
        let written = file.store?.value
        let place = choice.neededPath("store.place", options.store, written?.place, else: nil, mend: "give --store")
        if !place.isEmpty {
            do throws(Failure) { _ = try StorePlace(place) } catch {
                choice.note(.init(.unsuitable, "store.place", error.message, hint: error.hint))
            }
        }
        let isTest = choice.take("store.test", options.test ? true : nil, written?.test, else: false)
        let hasKeyOption = options.keys.keys != nil || options.keys.keysVariable != nil
        let keys = choice.path("store.keys", options.keys.keys, hasKeyOption ? nil : written?.keys)
        let variable = choice.find("store.keysVariable", options.keys.keysVariable, hasKeyOption ? nil : written?.keysVariable)
        if keys != nil, variable != nil {
            choice.note(.init(.contradiction, "store.keysVariable", "store.keys is given, too", hint: "leave one of them out"))
        }
        if !isTest, keys == nil, variable == nil, !choice.isUnread("store.test"), !choice.isUnread("store.keysVariable") {
            choice.note(
                .init(
                    .missing, "store.keys", "a store for production needs keys", hint: "\"tessera verify new-key FILE\" makes some"))
        }
        return StoreSource(place: place, mark: isTest ? .test : .production, keys: keys, keysVariable: variable)
    }

    /// Notes an origin that no challenge takes, and a name that no issuer can have.
    private static func check(origin: String?, issuer: String?, _ choice: inout SettingChoice) {
        if let origin {
            do throws(ContentError) { _ = try DisplayText(origin, field: "origin", limit: Challenge.originLimit) } catch {
                return choice.note(
                    .init(.unsuitable, "origin", error.description, hint: "give the bank's name on the network, such as bank.example"))
            }
        }
        guard let issuer, !ScanIssuerIdentity.admits(id: issuer), origin != nil || !issuer.isEmpty else { return }
        let isOrigin = issuer == origin
        choice.note(
            .init(
                .unsuitable, isOrigin ? "origin" : "issuer.id", "\"\(issuer)\" is no issuer's id: 1 to 64 printable ASCII characters",
                hint: isOrigin ? "write the host name in ASCII (xn--…), or give \"issuer\" an \"id\"" : "write it in ASCII"))
    }

    /// Whether a node's name may have this byte: a letter or digit of ASCII, or one of `-._`.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    /// A socket's path as a door takes it.
    private static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }

    private static func emulators(
        _ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice, _ sockets: String?, isTest: Bool
    ) -> String? {
        guard options.emulators || options.emulatorsSocket != nil || file.emulators != nil else { return nil }
        if !isTest, !choice.isUnread("store.test") {
            choice.note(
                .init(
                    .contradiction, "emulators", "a store for production knows no emulated devices",
                    hint: "leave them out, or make a store for tests with --test"), isOption: file.emulators == nil)
        }
        return choice.neededPath(
            "emulators.socket", options.emulatorsSocket.map(absolute), file.emulators?.value.socket,
            else: sockets.map { "\($0)/emulators.sock" }, mend: "give --emulators-socket, or set XDG_RUNTIME_DIR")
    }

    private static func authentication(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> StrongAuthenticationPolicy {
        let written = file.exemptions?.value
        let trusts = choice.take("exemptions.trustedBeneficiaries", nil, written?.trustedBeneficiaries, else: false)
        let isLow = choice.take("exemptions.lowValue", nil, written?.lowValue, else: false)
        let limits = choice.take("exemptions.trustedLimits", nil, written?.trustedLimits, else: [:]) { limits in
            limits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        }
        var units: [String: Int64] = [:]
        for (code, text) in limits.sorted(by: { $0.key < $1.key }) {
            do throws(ContentError) { units[code] = try Amount(decimal: text, currency: Currency(code)).minorUnits } catch {
                choice.note(
                    .init(
                        .unsuitable, "exemptions.trustedLimits.\(code)", error.description, hint: "write it as \"EUR\": \"100.00\""))
            }
        }
        return StrongAuthenticationPolicy(
            exemptsTrustedBeneficiaries: trusts, trustedLimits: units, lowValue: isLow ? .init() : nil)
    }

    private static func pinEntry(
        _ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice
    ) -> PINEntryOrder {
        let written = file.pinEntry.flatMap { texts in
            choice.attempt(nil) { () throws(ServeConfigurationError) -> PINEntryOrder? in try PINEntryOrder(texts) }
        }
        let isChanged = options.pins.noPinpad || options.pins.pinentry != nil
        let changed = isChanged ? (written ?? .standard).changed(by: options.pins) : nil
        if let changed, changed.places.isEmpty {
            choice.note(
                .init(.contradiction, "pinEntry", "nobody could enter a PIN", hint: "leave --no-pinpad out, or add --pinentry"),
                isOption: true)
        }
        return choice.take("pinEntry", changed, written, else: .standard) { $0.places.map(\.description).joined(separator: ", ") }
    }

    private static func log(_ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> Log {
        let level = choice.take("log.level", options.logLevel, file.log?.value.level, else: "info")
        let chosen = Logger.Level(rawValue: level)
        if chosen == nil {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            choice.note(.init(.unsuitable, "log.level", "\"\(level)\" is no level", hint: "there are: \(levels)"))
        }
        let format = choice.take("log.format", options.logFormat, file.log?.value.format, else: "text")
        let form = Log.Format(rawValue: format)
        if form == nil { choice.note(.init(.unsuitable, "log.format", "\"\(format)\" is no format", hint: "there are: text, json")) }
        return Log(level: chosen ?? .info, format: form ?? .text)
    }
}
