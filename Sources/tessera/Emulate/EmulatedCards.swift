import Emulation
import Foundation
import ISO7816

/// One emulated card, and what keeps it.
struct EmulatedCard {
    let number: Int
    let card: VirtualCard
    let file: CardStateFile?
    /// The root certificate of who issued its certificates, DER.
    let issuer: [UInt8]?
    /// As a sentence begins with it: "A PIV card (p256, PIN 123456)".
    let name: String
}

/// Makes the cards that are asked for, or opens them.
struct EmulatedCards {
    let recipe: CardRecipe
    let options: EmulationOptions
    let screen: EmulationScreen

    /// All cards, in the order of their places.
    ///
    /// - Throws: ``Failure`` and the library's errors; what was opened is closed again then.
    func all() async throws -> [EmulatedCard] {
        if let root = options.root {
            let files: [String?] = options.files ?? []
            try OutputGuard.check(root, against: files + [options.passphraseFile, options.certificates.authority])
        }
        var passphrase = try options.passphraseFile.map { try PassphraseSource.file($0) }
        let authority = try options.certificates.make(now: Date())
        var cards: [EmulatedCard] = []
        do {
            for number in 1...options.count {
                try Task.checkCancellation()
                cards.append(try await card(number, authority, &passphrase))
            }
            if let root = options.root { try InputFile.write(certificates: roots(of: cards), to: root) }
        } catch {
            for card in cards { card.file?.close() }
            throw error
        }
        return cards
    }

    private func card(_ number: Int, _ authority: TestAuthority, _ passphrase: inout CardPassphrase?) async throws -> EmulatedCard {
        guard let file = options.files?[number - 1] else {
            return EmulatedCard(number: number, card: try fresh(number, authority), file: nil, issuer: authority.root, name: name())
        }
        if FileManager.default.fileExists(atPath: file) { return try await opened(number, file, authority, &passphrase) }
        try InputFile.checkWritable(file)
        if options.sealed, passphrase == nil { passphrase = try await PassphraseSource.person(for: file, isNew: true) }
        let card = try fresh(number, authority)
        guard let snapshot = card.snapshot else { throw CardStateError.otherCard }
        var described = recipe.described
        options.describe(&described, of: card)
        // Broken off while the keys were made: no card stays behind that nobody waited for.
        try Task.checkCancellation()
        let made = try CardStateFile.create(
            at: file, snapshot.issued(by: authority.root).noted(described.all), passphrase: passphrase)
        return EmulatedCard(number: number, card: made.card, file: made, issuer: authority.root, name: name(keptIn: file))
    }

    /// The card that is in a file already.
    private func opened(
        _ number: Int, _ file: String, _ authority: TestAuthority, _ passphrase: inout CardPassphrase?
    ) async throws -> EmulatedCard {
        var state: CardStateFile
        do throws(CardStateError) {
            state = try CardStateFile.open(at: file, passphrase: passphrase)
            if options.sealed, passphrase == nil {
                state.close()
                throw .notSealed(file)
            }
        } catch {
            guard case .passphraseNeeded = error, isatty(0) == 1 || options.sealed else { throw error }
            passphrase = try await PassphraseSource.person(for: file, isNew: false)
            state = try CardStateFile.open(at: file, passphrase: passphrase)
        }
        do {
            try check(state.card, file, authority)
        } catch {
            state.close()
            throw error
        }
        let application = state.card.model.flatMap(EmulatedApplication.init) ?? recipe.application
        return EmulatedCard(
            number: number, card: state.card, file: state, issuer: state.card.issuer, name: "\(application.article) card (from \(file))")
    }

    /// Whether the card in a file is one that was asked for.
    private func check(_ card: VirtualCard, _ file: String, _ authority: TestAuthority) throws {
        if recipe.isChosen, let model = card.model, model != recipe.application.model {
            throw Failure(
                "\"\(file)\" has a card of \(model.rawValue), not of \(recipe.application.rawValue)",
                hint: "choose another file for a new card", exit: .usage)
        }
        guard options.vscard == nil || card.rules.isT0 else {
            throw Failure(
                "the card in \"\(file)\" does not speak T=0 alone, and QEMU's reader knows nothing else",
                hint: "make one with --vscard or --transport t0", exit: .usage)
        }
        var described = recipe.described
        options.describe(&described, of: nil)
        try described.check(against: card.notes, in: file)
        if let name = options.certificates.authority, let issuer = card.issuer, issuer != authority.root {
            throw Failure(
                "the card in \"\(file)\" has certificates of another authority than \"\(name)\"",
                hint: "leave --authority out, or choose another file for a new card", exit: .usage)
        }
    }

    private func fresh(_ number: Int, _ authority: TestAuthority) throws -> VirtualCard {
        let which = options.count == 1 ? "the card" : "card \(number) of \(options.count)"
        try screen.tell(
            EmulationEvent(event: .keys, card: number, keys: recipe.keys.rawValue),
            "Making the keys of \(which) (\(recipe.keys.rawValue)) ...")
        return try recipe.card(options, authority: authority, now: Date())
    }

    private func name(keptIn file: String? = nil) -> String {
        // Nothing of an identity card takes a PIN before PACE.
        let pin = recipe.application == .identityCard ? "" : ", PIN 123456"
        return "\(recipe.application.article) card (\(recipe.keys.rawValue)\(pin)\(file.map { ", kept in \($0)" } ?? ""))"
    }

    /// The roots of all cards, each once: cards of older files have their own.
    private func roots(of cards: [EmulatedCard]) -> [[UInt8]] {
        cards.compactMap(\.issuer).reduce(into: []) { roots, root in if !roots.contains(root) { roots.append(root) } }
    }
}
