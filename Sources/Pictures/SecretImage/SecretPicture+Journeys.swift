extension SecretPicture {
    /// Buildings, vehicles and what one meets on the way.
    static let journeys = drawn(
        """
        = house / maison
        area grey 68,14 78,14 78,36 68,30
        area cream 18,46 82,46 82,92 18,92
        area red 50,10 94,50 6,50
        area brown 42,62 60,62 60,92 42,92
        area sky 24,58 36,58 36,72 24,72
        area sky 66,58 78,58 78,72 66,72
        disc gold 56 78 2

        = castle / château fort
        area grey 22,46 78,46 78,92 22,92
        mirror area slate 6,24 12,24 12,32 17,32 17,24 23,24 23,32 28,32 28,24 34,24 34,92 6,92
        area slate 38,46 38,38 44,38 44,44 48,44 48,38 52,38 52,44 56,44 56,38 62,38 62,46
        blob brown 40,92 40,72 50,62 60,72 60,92
        mirror area black 18,44 22,44 22,56 18,56
        mirror line brown 3 20,24 20,6
        mirror area red 20,6 34,11 20,16

        = tent / tente
        area lime 50,14 96,88 4,88
        area forest 50,34 66,88 34,88
        line brown 4 50,14 46,6
        line brown 4 50,14 54,6

        = windmill / moulin à vent
        area tan 38,38 62,38 72,94 28,94
        area rust 36,40 64,40 50,22
        area brown 44,76 56,76 56,94 44,94
        line brown 4 20,6 80,66
        line brown 4 80,6 20,66
        area white 22,4 46,28 40,34 16,10
        area white 84,10 60,34 54,28 78,4
        area white 78,68 54,44 60,38 84,62
        area white 16,62 40,38 46,44 22,68
        disc brown 50 36 5

        = lighthouse / phare
        area gold 40,18 2,6 2,34
        area gold 60,18 98,6 98,34
        area white 40,30 60,30 68,88 32,88
        area red 39,40 61,40 63,52 37,52
        area red 36,64 64,64 66,76 34,76
        area gold 42,14 58,14 58,28 42,28
        area red 38,14 62,14 50,3
        line black 5 36,29 64,29
        blob grey 14,96 24,86 50,84 76,86 86,96

        = bridge / pont
        mirror line rust 6 24,20 24,84
        bend rust 4 2,54 24,22 50,52 76,22 98,54
        line rust 7 0,62 100,62
        line rust 2 36,42 36,62
        line rust 2 50,52 50,62
        line rust 2 64,42 64,62
        bend blue 5 2,88 18,82 34,88 50,82 66,88 82,82 98,88

        = ship / navire
        area red 62,22 76,22 76,46 62,46
        area cream 28,44 84,44 84,64 28,64
        disc sky 40 54 4
        disc sky 54 54 4
        disc sky 68 54 4
        area navy 4,62 96,62 82,88 20,88
        disc grey 72 12 6
        disc grey 84 6 7
        bend blue 5 2,92 18,88 34,94 50,88 66,94 82,88 98,92

        = sailing boat / voilier
        line brown 4 48,6 48,76
        area white 52,10 86,66 52,66
        area orange 44,16 44,66 16,66
        area brown 8,72 92,72 76,90 24,90
        bend blue 5 2,95 18,90 34,96 50,90 66,96 82,90 98,95

        = car / voiture
        blob red 22,52 32,30 66,30 80,52
        area sky 32,50 37,37 48,37 48,50
        area sky 54,37 63,37 71,50 54,50
        blob red 4,56 14,48 84,48 96,58 96,74 4,74
        disc black 26 74 13
        disc black 74 74 13
        disc grey 26 74 6
        disc grey 74 74 6
        disc gold 92 60 4

        = bus / autobus
        area gold 6,22 94,22 94,76 6,76
        area sky 12,30 28,30 28,48 12,48
        area sky 34,30 50,30 50,48 34,48
        area sky 56,30 72,30 72,48 56,48
        area slate 77,30 90,30 90,76 77,76
        line rust 5 8,58 74,58
        disc black 26 78 10
        disc black 64 78 10
        disc grey 26 78 4
        disc grey 64 78 4

        = bicycle / vélo
        disc black 24 66 21
        disc white 24 66 16
        disc black 76 66 21
        disc white 76 66 16
        line red 4 24,66 40,36 66,36 48,66 24,66
        line red 4 40,36 48,66
        line red 4 76,66 64,26 74,22
        line black 5 34,32 46,32
        disc black 48 66 5

        = train / train
        area navy 10,18 42,18 42,30 36,30 36,50 16,50 16,30 10,30
        area sky 20,30 32,30 32,44 20,44
        area black 72,18 86,18 84,46 74,46
        area green 10,49 86,49 86,73 10,73
        disc green 86 61 12
        area gold 52,38 64,38 64,50 52,50
        disc black 26 78 14
        disc red 26 78 8
        disc black 58 82 10
        disc red 58 82 5
        disc black 82 82 10
        disc red 82 82 5
        disc grey 78 8 8

        = aeroplane / avion
        blob white 50,4 57,14 58,80 50,94 42,80 43,14
        mirror area blue 44,36 4,62 4,72 44,58
        mirror area blue 45,76 26,88 26,94 47,88
        mirror disc red 24 60 5
        oval sky 50 16 4 6

        = rocket / fusée
        blob orange 38,78 50,98 62,78 50,74
        mirror area red 36,54 16,82 38,78
        blob white 50,4 64,24 66,56 60,80 40,80 34,56 36,24
        blob red 50,4 61,18 62,26 38,26 39,18
        disc slate 50 44 10
        disc sky 50 44 7

        = hot-air balloon / montgolfière
        mirror line brown 3 30,62 42,82
        blob red 50,4 76,14 84,38 70,60 58,72 42,72 30,60 16,38 24,14
        blob gold 50,4 60,20 62,42 56,72 44,72 38,42 40,20
        area brown 40,80 60,80 58,96 42,96

        = anchor / ancre
        disc navy 50 14 11
        disc white 50 14 5
        line navy 8 50,24 50,88
        line navy 8 30,36 70,36
        bend navy 8 14,60 26,82 50,90 74,82 86,60
        mirror area navy 4,66 14,50 26,66

        = tractor / tracteur
        area slate 34,12 66,12 66,18 62,18 66,46 36,46 38,18 34,18
        area sky 42,20 57,20 60,42 42,42
        area green 32,44 92,44 94,70 32,70
        line black 5 80,44 80,22
        disc black 32 66 25
        disc gold 32 66 12
        disc black 80 76 15
        disc gold 80 76 7
        """)
}
