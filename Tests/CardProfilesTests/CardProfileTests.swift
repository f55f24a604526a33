import CardProfiles
import ISO7816
import Testing

struct CardProfileTests {
    @Test func `PIV's PIN is what SP 800-73-4 says`() throws {
        let pin = try #require(CardProfile.piv.pin)
        #expect(pin.value == PINRules(reference: 0x80, lengths: 6...8, alphabet: .digits, padding: .init(byte: 0xFF, length: 8)))
        #expect(pin.confidence == .stated)
        #expect(pin.source.contains("800-73"))
    }

    @Test func `application identifiers are those of their standards`() {
        #expect(CardProfile.piv.applicationID.value.hexadecimal == "A00000030800001000")
        #expect(CardProfile.pkcs15.applicationID.value.hexadecimal == "A000000063504B43532D3135")
        #expect(CardProfile.openPGP.applicationID.value.hexadecimal == "D27600012401")
        #expect(CardProfile.smartCardHSM.applicationID.value.hexadecimal == "E82B0601040181C31F0201")
        #expect(CardProfile.all.allSatisfy { (5...16).contains($0.applicationID.value.count) })
    }

    @Test func `every fact names its source`() {
        for profile in CardProfile.all {
            #expect(!profile.family.isEmpty)
            var sources = [profile.applicationID.source] + profile.candidates.map(\.pattern.source)
            if let pin = profile.pin { sources.append(pin.source) }
            if let tries = profile.tries { sources.append(tries.source) }
            if let signing = profile.signing { sources.append(signing.source) }
            sources += [profile.triesQuery?.source, profile.structure?.source, profile.keyLabels?.source, profile.access?.source].compactMap
            { $0 }
            sources += profile.issuers.map(\.source)
            #expect(sources.allSatisfy { !$0.isEmpty })
        }
        #expect(ATRCandidate.all.allSatisfy { !$0.pattern.source.isEmpty && !$0.name.isEmpty })
    }

    @Test func `PIN rules agree with themselves`() {
        for rules in CardProfile.all.compactMap(\.pin?.value) {
            #expect(rules.lengths.lowerBound >= 4)
            #expect(rules.lengths.upperBound <= rules.padding?.length ?? rules.lengths.upperBound)
        }
        #expect(CardProfile.all.compactMap(\.tries?.value).allSatisfy { (1...15).contains($0) })
    }

    @Test func `how many tries a PIV card has is its issuer's, and not said`() {
        #expect(CardProfile.piv.tries == nil)
    }

    @Test(arguments: ATRCandidate.all)
    func `every known ATR is one, and finds its name`(_ candidate: ATRCandidate) throws {
        let atr = try ATR(parsing: candidate.pattern.value.bytes)
        #expect(ATRCandidate.names(for: atr).contains(candidate.name))
    }

    @Test func `one ATR may be that of several cards`() throws {
        let names = ATRCandidate.names(for: try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]))
        #expect(names == ["PivApplet", "IsoApplet", "SmartPGP"].map { $0 + " in the jCardSim simulator" })
        #expect(ATRCandidate.names(for: try ATR(parsing: [0x3B, 0x00])) == [])
    }

    @Test func `LuxTrust's card and Uruguay's answer power-on alike, and each ATR of the latter is known`() throws {
        let shared = try #require(CardProfile.iasClassic.candidates.first?.pattern.value.bytes)
        #expect(ATRCandidate.names(for: try ATR(parsing: shared)) == ["LuxTrust smartcard", "Uruguayan identity card"])
        let other = try ATR(
            parsing: [
                0x3B, 0x7F, 0x94, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x03, 0x00, 0xEF, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00,
            ])
        #expect(ATRCandidate.names(for: other) == ["Uruguayan identity card"])
    }

    @Test func `a name that several patterns have comes once`() throws {
        let twice = [
            ATRCandidate("Card", [0x3B, 0x00], .inferred, source: "a"), ATRCandidate("Card", [0x3B, 0x00], .inferred, source: "b"),
        ]
        #expect(ATRCandidate.names(for: try ATR(parsing: [0x3B, 0x00]), among: twice) == ["Card"])
    }

    @Test(
        arguments: [
            ([0x3B, 0x02, 0x14, 0x50], [], true), ([0x3B, 0x02, 0x14, 0x51], [], false),
            ([0x3B, 0x02, 0x14, 0x5F], [0xFF, 0xFF, 0xFF, 0xF0], true), ([0x3B, 0x02, 0x14, 0x60], [0xFF, 0xFF, 0xFF, 0xF0], false),
            ([0x3B, 0x02, 0xFF, 0xFF], [0xFF, 0xFF, 0x00, 0x00], true), ([0x3B, 0x02, 0x14, 0x5F], [0xFF, 0xFF], false),
            ([0x3B, 0x02, 0x14], [], false), ([0x3B, 0x02, 0x14, 0x50, 0x00], [], false),
            ([0x3B, 0x02, 0x14, 0x50], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF], true),
        ] as [([UInt8], [UInt8], Bool)])
    func `a pattern compares the bits of its mask, and the length`(_ bytes: [UInt8], _ mask: [UInt8], _ matches: Bool) throws {
        let pattern = ATRPattern(bytes, mask: mask)
        #expect(pattern.matches(try ATR(parsing: [0x3B, 0x02, 0x14, 0x50])) == matches)
        #expect(pattern.mask.count == pattern.bytes.count)
    }

    @Test func `each application identifier is asked for once, the likely one first`() throws {
        let unknown = CardProfile.probes(for: try ATR(parsing: [0x3B, 0x00]))
        #expect(unknown.map(\.family).filter(["PIV", "PKCS#15", "IsoApplet"].contains) == ["PIV", "PKCS#15", "IsoApplet"])
        #expect(Set(unknown.map(\.applicationID.value)) == Set(CardProfile.all.map(\.applicationID.value)))
        let oseid = CardProfile.probes(
            for: try ATR(parsing: [0x3B, 0xF5, 0x18, 0x00, 0x02, 0x80, 0x01, 0x4F, 0x73, 0x45, 0x49, 0x44, 0x1A]))
        #expect(oseid.first?.family == "OsEID" && oseid.count == unknown.count)
        #expect(Set(unknown.map(\.applicationID.value)).count == unknown.count)
    }

    @Test func `a card over another protocol is known by its historical bytes, after those whose whole ATR is known`() throws {
        // LuxTrust's card with T=1 offered; then Uruguay's without contacts, whose ATR is that of Luxembourg's identity card.
        let historical: [UInt8] = [0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x05, 0x00, 0x11, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00]
        let modern: [UInt8] = [0x3B, 0xFF, 0x96, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x43] + historical
        let atr = try ATR(parsing: modern + [modern.dropFirst().reduce(0, ^)])
        #expect(!CardProfile.all.contains { $0.isSuggested(by: atr) })
        #expect(CardProfile.probes(for: atr).first == .iasClassic)
        let contactless = try #require(CardProfile.luxembourgEID.candidates.first?.pattern.value.bytes)
        #expect(CardProfile.probes(for: try ATR(parsing: contactless)).first == .luxembourgEID)
        // A few historical bytes are those of many cards.
        #expect(!ATRPattern([0x3B, 0x02, 0x14, 0x50]).hasHistoricalBytes(of: try ATR(parsing: [0x3B, 0x12, 0x11, 0x14, 0x50])))
    }

    @Test func `how a card signs is only known where somebody saw it`() {
        #expect(CardProfile.pkcs15.signing == nil)
        #expect(CardProfile.myEID.signing?.value == SigningDialect(rsaPKCS1: 0x02, ecdsa: 0x04, addressing: .keyFile))
        #expect(CardProfile.myEID.manufacturer != nil)
        #expect(CardProfile.isoApplet.signing?.value.ecdsa == nil)
    }

    @Test func `what FACTS infer of LuxTrust's cards is marked as inferred`() throws {
        for profile in [CardProfile.iasClassic, .classicV3] {
            let confidences = [
                profile.applicationID.confidence, profile.pin?.confidence, profile.signing?.confidence, profile.structure?.confidence,
            ]
            #expect(confidences.allSatisfy { $0 == .inferred })
            #expect(profile.confidence == .inferred)
            #expect(profile.tries?.value == 5)
            #expect(profile.structure?.value.directory == [0x50, 0x00] && profile.structure?.value.label == "Gem P15")
            #expect(profile.structure?.value.keys.map(\.reference) == [0x01, 0x02])
            #expect(profile.structure?.value.keys.map(\.certificate) == [[0xB0, 0x01], [0xB0, 0x02]])
            #expect(
                profile.pin?.value == PINRules(reference: 0x11, lengths: 4...12, alphabet: .digits, padding: .init(byte: 0, length: 12)))
        }
        #expect(CardProfile.iasClassic.applicationID.value.hexadecimal == "A00000001840000001634200")
        #expect(CardProfile.classicV3.applicationID.value.hexadecimal == "A0000000180C000001634200")
        #expect(CardProfile.classicV3.signing?.value.algorithms == [.rsaDigestInfo: 0x02, .rsaSHA1: 0x12, .rsaSHA256: 0x42])
    }

    @Test func `a family is known as well as the least certain fact about it`() {
        #expect(Confidence.inferred < .published && Confidence.published < .stated)
        #expect(CardProfile.pkcs15.confidence == .stated)
        #expect(CardProfile.osEID.confidence == .published)
        #expect(CardProfile.luxembourgEID.confidence == .inferred)
    }

    @Test(arguments: CardProfile.all.flatMap { profile in profile.candidates.map { (profile, $0) } })
    func `an ATR brings its family's application to the front`(_ profile: CardProfile, _ candidate: ATRCandidate) throws {
        let atr = try ATR(parsing: candidate.pattern.value.bytes)
        let suggested = CardProfile.all.filter { $0.isSuggested(by: atr) }
        #expect(suggested.contains(profile))
        #expect(CardProfile.probes(for: atr).prefix(suggested.count) == suggested[...])
    }

    @Test(
        arguments: [
            ("LuxTrust S.A.", "LU", true), ("LUXTRUST S.A.", "lu", true), ("LuxTrust S.A.", "UY", false), ("LuxTrust", "LU", false),
            ("Not LuxTrust S.A.", "LU", false), (nil, "LU", false), ("LuxTrust S.A.", nil, false),
        ] as [(String?, String?, Bool)])
    func `an issuer is known by organisation and country`(_ organization: String?, _ country: String?, _ matches: Bool) throws {
        let issuer = try #require(CardProfile.iasClassic.issuers.first?.value)
        #expect(issuer.matches(organization: organization, country: country) == matches)
    }
}
