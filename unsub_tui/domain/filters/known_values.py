"""Values of the closed fields known to this version, independent of the account's resources."""

from __future__ import annotations

_SERVICES = """
    ecs ec2 vm evs ebs volume disk rds vpc eip ip bandwidth cce
    aad antiddos aom apig apm as bcs bms bss cbh cbr cci ccm cc cdn cfw ces codearts config csbs css cts dataarts das
    dbss dc dcs ddm dds deh devcloud dew dgc dis dli dms dns drs dsc dws elb er es eps functiongraph ga gaussdb
    gaussdbformysql geip geminidb ges hsscs hss iec ims iotda kafka kms live lts marketplace meeting memcached
    mongodb modelarts mpc mrs mysql nat natgateway nosql obs ocr postgresql rabbitmq redis rocketmq roma rtc sa scm sdrs
    secmaster servicestage sfs sfsturbo smn swr taurusdb ucs vault vbs vod vpcep vpn waf workspace package
"""
SERVICES = tuple(_SERVICES.split())
"""Short names and codes of services and resource types, case-folded."""

_REGIONS = """
    cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-east-2 cn-east-3 cn-east-4 cn-east-5
    cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-northeast-1 ap-southeast-1 ap-southeast-2 ap-southeast-3
    ap-southeast-4 ap-southeast-5 my-kualalumpur-1 af-south-1 af-north-1 me-east-1 ae-ad-1 tr-west-1 eu-west-0
    eu-west-101 la-north-2 la-south-2 na-mexico-1 sa-brazil-1 sa-argentina-1 sa-chile-1 sa-peru-1 ru-moscow-1
    ru-northwest-2 cn-global global
"""
REGIONS = tuple(_REGIONS.split())
"""Region codes."""

STATE_NAMES = ("in use", "closed", "frozen", "expired", "not begun")
"""Resource states, as named by `state:`."""
