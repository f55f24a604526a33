extension SecretPicture {
    /// What one has at home and in one's pockets.
    static let things = drawn(
        """
        = key / clé
        line gold 9 44,50 92,50
        line gold 8 76,50 76,68
        line gold 8 90,50 90,66
        disc gold 26 50 22
        disc white 22 50 9

        = padlock / cadenas
        bend slate 9 30,50 30,28 38,14 50,10 62,14 70,28 70,50
        area gold 18,46 82,46 82,92 18,92
        disc black 50 64 8
        area black 47,66 53,66 56,82 44,82

        = umbrella / parapluie
        bend brown 5 50,12 50,80 56,92 66,90 68,80
        blob purple 4,54 12,28 30,14 50,10 70,14 88,28 96,54 82,47 66,54 50,47 34,54 18,47
        bend plum 3 34,50 38,28 50,11
        bend plum 3 66,50 62,28 50,11
        line brown 4 50,10 50,4

        = top hat / chapeau haut-de-forme
        oval black 50 80 46 10
        area black 24,14 76,14 72,80 28,80
        area red 26,58 74,58 72,72 28,72
        oval slate 50 14 26 6

        = shoe / chaussure
        blob brown 10,26 36,26 42,44 66,58 92,66 94,80 8,80
        area black 6,78 96,78 96,88 6,88
        line white 3 40,46 50,38
        line white 3 48,52 58,44
        line white 3 57,57 66,49

        = T-shirt / tee-shirt
        area blue 32,12 68,12 96,34 84,52 74,44 74,92 26,92 26,44 16,52 4,34
        blob navy 34,11 66,11 60,20 50,23 40,20
        area gold 50,40 54,50 65,51 57,58 60,69 50,63 40,69 43,58 35,51 46,50

        = glasses / lunettes
        mirror bend black 5 12,50 4,36 14,26
        mirror disc black 28 56 21
        mirror disc sky 28 56 16
        bend black 5 46,52 50,48 54,52

        = crown / couronne
        area gold 8,28 30,54 50,16 70,54 92,28 84,84 16,84
        disc red 8 26 6
        disc red 92 26 6
        disc red 50 14 7
        line orange 5 18,76 82,76
        disc blue 50 66 6
        mirror disc green 32 68 4

        = clock / horloge
        disc navy 50 50 44
        disc white 50 50 37
        line black 4 50,18 50,24
        line black 4 50,76 50,82
        line black 4 18,50 24,50
        line black 4 76,50 82,50
        line black 5 50,50 50,26
        line black 5 50,50 68,60
        disc red 50 50 5

        = bell / cloche
        disc rust 50 84 9
        line gold 7 50,6 50,20
        blob gold 50,14 66,20 72,44 76,64 88,78 12,78 24,64 28,44 34,20
        line orange 4 20,72 80,72

        = lamp / lampe
        area gold 34,8 66,8 86,52 14,52
        line brown 6 50,52 50,86
        oval brown 50 90 24 6
        line orange 3 70,54 70,68
        disc orange 70 70 3

        = candle / bougie
        blob orange 50,2 58,16 58,28 50,32 42,28 42,16
        line black 3 50,28 50,40
        area cream 38,38 62,38 62,84 38,84
        bend white 6 42,40 42,54
        oval navy 50 88 34 7
        bend navy 5 80,87 92,84 90,76 82,76

        = book / livre
        area red 4,18 96,18 96,86 4,86
        blob white 50,24 34,18 10,22 10,78 34,75 50,80
        blob white 50,24 66,18 90,22 90,78 66,75 50,80
        line slate 3 50,24 50,80
        mirror line slate 2 18,36 42,38
        mirror line slate 2 18,48 42,50
        mirror line slate 2 18,60 42,62

        = pencil / crayon
        area gold 64,12 86,34 36,84 14,62
        area tan 14,62 36,84 6,94
        area black 10,77 22,89 6,94
        area grey 70,6 92,28 86,34 64,12
        area pink 76,1 98,22 92,28 70,6
        line orange 3 76,22 26,72

        = scissors / ciseaux
        line slate 7 26,8 62,66
        line slate 7 74,8 38,66
        mirror disc red 30 78 16
        mirror disc white 30 78 8
        disc black 50 47 4

        = hammer / marteau
        line brown 10 50,30 50,94
        area slate 24,10 78,10 78,32 24,32
        area slate 24,14 6,30 24,28
        area grey 76,6 88,6 88,36 76,36

        = ladder / échelle
        line tan 6 32,6 20,96
        line tan 6 68,6 80,96
        line tan 5 31,20 69,20
        line tan 5 29,36 71,36
        line tan 5 27,52 73,52
        line tan 5 25,68 75,68
        line tan 5 23,84 77,84

        = drum / tambour
        area red 12,40 88,40 88,80 12,80
        oval red 50 80 38 11
        line gold 4 12,42 26,86 40,50 50,90 60,50 74,86 88,42
        oval cream 50 40 38 12
        line brown 5 40,38 14,8
        line brown 5 58,36 88,6
        disc brown 40 38 4
        disc brown 58 36 4

        = guitar / guitare
        line brown 8 58,42 86,14
        area brown 82,8 92,4 97,10 92,18
        blob orange 52,34 66,48 60,60 60,78 46,92 24,94 8,78 10,56 24,42 40,42
        disc black 40 60 10
        line brown 5 22,70 32,80
        line white 2 27,75 84,18

        = teapot / théière
        bend green 8 74,48 94,44 92,72 72,74
        area green 30,54 6,36 2,42 26,74
        oval green 50 62 32 26
        oval lime 50 38 18 5
        disc lime 50 31 6
        disc white 50 62 9
        disc gold 50 62 4

        = chair / chaise
        line brown 7 26,6 26,94
        line brown 7 26,58 42,46
        line brown 7 82,46 82,80
        line brown 7 66,62 66,94
        line brown 7 44,48 44,80
        area tan 22,8 46,4 46,30 22,36
        area red 22,56 42,44 88,44 70,60

        = bed / lit
        area brown 4,22 12,22 12,88 4,88
        area brown 88,44 96,44 96,88 88,88
        area white 10,52 90,52 90,76 10,76
        oval white 26 48 14 8
        blob blue 38,48 62,44 90,50 90,76 38,76
        area brown 8,70 92,70 92,78 8,78

        = envelope / enveloppe
        area cream 4,20 96,20 96,82 4,82
        line brown 3 4,82 38,52
        line brown 3 96,82 62,52
        line brown 4 4,20 50,60 96,20
        disc red 50 58 8

        = gift / cadeau
        mirror blob red 50,32 30,26 22,8 36,8 48,22
        area green 14,44 86,44 86,94 14,94
        area green 8,30 92,30 92,46 8,46
        area red 43,30 57,30 57,94 43,94

        = dice / dé
        area white 12,32 56,44 56,94 12,80
        area grey 56,44 92,28 92,76 56,94
        area cream 12,32 50,14 92,28 56,44
        oval red 52 29 7 4
        oval black 24 50 4 6
        oval black 34 64 4 6
        oval black 44 78 4 6
        oval black 66 56 3 6
        oval black 82 48 3 6
        oval black 66 76 3 6
        oval black 82 68 3 6

        = kite / cerf-volant
        area red 56,4 56,36 26,36
        area gold 56,4 86,36 56,36
        area blue 26,36 56,36 56,76
        area green 86,36 56,36 56,76
        bend brown 3 56,76 44,84 34,78 22,86 10,96
        area red 40,76 48,86 44,88 36,78
        area blue 20,80 28,90 24,92 18,82

        = camera / appareil photo
        area black 34,14 66,14 72,30 28,30
        area slate 4,28 96,28 96,84 4,84
        disc black 50 56 25
        disc sky 50 56 17
        disc navy 50 56 9
        disc white 44 50 4
        disc red 84 38 5
        area gold 10,34 24,34 24,42 10,42

        = telephone / téléphone
        blob red 8,30 14,16 50,10 86,16 92,30 90,38 70,38 66,28 34,28 30,38 10,38
        area red 34,34 66,34 86,88 14,88
        disc cream 50 62 17
        disc red 50 62 6
        disc black 50 49 3
        disc black 61 55 3
        disc black 61 68 3
        disc black 50 74 3
        disc black 39 68 3
        disc black 39 55 3

        = television / télévision
        line black 4 50,26 30,6
        line black 4 50,26 70,6
        area brown 6,26 94,26 94,84 6,84
        area sky 14,34 70,34 70,76 14,76
        disc gold 82 44 6
        disc gold 82 62 6
        line black 6 24,84 20,94
        line black 6 76,84 80,94

        = light bulb / ampoule
        blob gold 50,6 72,14 80,36 70,56 62,72 38,72 30,56 20,36 28,14
        bend orange 3 42,72 38,44 46,50 50,42 54,50 62,44 58,72
        area slate 38,72 62,72 60,90 40,90
        line grey 3 38,78 62,78
        line grey 3 39,84 61,84
        disc black 50 92 5

        = magnet / aimant
        bend red 20 24,60 24,36 34,20 50,16 66,20 76,36 76,60
        mirror area grey 14,60 34,60 34,84 14,84
        mirror line gold 4 12,92 8,98
        mirror line gold 4 36,92 40,98

        = football / ballon de football
        disc white 50 50 44
        area black 50,32 67,44 60,64 40,64 33,44
        mirror area black 8,38 20,26 26,12 14,22 6,36
        mirror area black 18,80 30,80 40,92 26,90
        area black 40,7 60,7 56,16 44,16
        line black 3 50,32 50,16
        mirror line black 3 33,44 18,36
        mirror line black 3 40,64 30,80
        mirror area black 6,50 14,58 12,70 7,62

        = trophy / coupe
        mirror bend gold 6 30,18 12,18 16,40 36,48
        blob gold 26,8 74,8 72,34 62,54 50,60 38,54 28,34
        line gold 9 50,56 50,78
        area brown 30,76 70,76 74,94 26,94
        area white 50,16 54,26 64,27 56,33 59,43 50,37 41,43 44,33 36,27 46,26

        = heart / cœur
        blob red 50,90 30,72 10,50 8,30 20,14 36,12 50,28 64,12 80,14 92,30 90,50 70,72
        """)
}
