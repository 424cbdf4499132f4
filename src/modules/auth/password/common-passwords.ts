/** The most used passwords of eight and more characters, in lower case: the first that anybody tries. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  password password1 password12 password123 password1234 password! password1! password123! passw0rd
  p@ssw0rd p@ssword p@ssw0rd1 p@ssw0rd! passwort passwort1 motdepasse contraseña contrasena senha123
  wachtwoord wachtwoord1 12345678 123456789 1234567890 12345678910 123456789a 0123456789 0987654321
  9876543210 987654321 87654321 11111111 111111111 1111111111 00000000 000000000 0000000000 22222222
  33333333 44444444 55555555 66666666 77777777 88888888 99999999 12341234 123123123 123321123 12344321
  11223344 1122334455 112233445566 11112222 12121212 13131313 10203040 147258369 159753456 147852369
  741852963 789456123 456789123 123456123 123456654321 1234qwer 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
  1qaz2wsx3edc 1qazxsw2 zaq12wsx zaq1zaq1 qazwsxedc qazwsx123 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 a1b2c3d4
  a1b2c3d4e5 aa123456 aa12345678 a123456789 a12345678 abc12345 abc123456 abcd1234 abcde12345 abcdefgh
  abcdefg1 abcdefghi asdf1234 asdfasdf asdfghjk asdfghjkl asdfghjkl1 asdasdasd asd123456 zxcvbnm1
  zxcvbnm123 zxcvbnm, qwer1234 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui qwertyuiop
  qwertyuiop1 qwertyu1 qwertyuiop123 qwerqwer qweasdzxc qweqweqwe qwe123456 123qweasd 123qwe123 1234567q
  12345678a 12345qwert 123456qwerty 123456abc 1234abcd q12345678 qwertz123 qwertzuiop azertyuiop
  azerty123 iloveyou iloveyou1 iloveyou2 iloveyou! iloveyou123 ilovegod iloveme1 loveyou1 lovelove
  loveme123 fuckyou1 fuckyou2 sunshine sunshine1 princess princess1 princess123 football football1
  baseball baseball1 basketball superman superman1 batman123 spiderman starwars starwars1 pokemon1
  pokemon123 minecraft minecraft1 computer computer1 internet samsung1 samsung123 whatever whatever1
  trustno1 welcome1 welcome123 welcome1! letmein1 letmein123 letmein! changeme changeme1 changeme123
  changeit default1 security secret123 secret12 topsecret administrator admin123 admin1234 admin12345
  admin123456 adminadmin root1234 rootroot toor1234 test1234 test12345 test123456 testtest testing1
  testing123 tester123 temp1234 temporary guest123 guestguest user1234 username master12 master123
  mustang1 michael1 michelle jennifer jennifer1 jessica1 jordan23 jonathan alexander christopher charlie1
  elizabeth victoria benjamin danielle nicholas patricia samantha stephanie anthony1 ashley12 babygirl
  babygirl1 barcelona liverpool liverpool1 chelsea1 manchester juventus arsenal1 realmadrid ferrari1
  mercedes porsche1 corvette marlboro chocolate chocolate1 cheese123 butterfly butterfly1 strawberry
  blueberry butterfly2 sweetheart beautiful beautiful1 dolphins hello123 hello1234 hellohello helloworld
  monkey123 dragon123 dragon12 shadow123 summer123 winter123 autumn123 spring123 summer2024 summer2025
  summer2026 winter2024 winter2025 winter2026 january1 december november september october1 keelson1
  keelson123 newpassword mypassword mypassword1 yourpassword nopassword mynameis access14 q1q1q1q1
  a1s2d3f4 zxasqw12 1password 123password pass1234 pass12345 passpass password01 password11 password2
  password99 google123 facebook facebook1 youtube1 linkedin linkedin1 instagram blink182 slipknot
  metallica nirvana1 creative midnight midnight1 infinity freedom1 forever1 happy123 lucky123 money123
  cookie123 purple123 orange123 yellow123 killer123 hunter12 hunter123 soccer12 soccer123 hockey123
  tigger123 pepper123 ginger123 maggie123 buster123 bailey123
  `
    .trim()
    .split(/\s+/),
);
